package dev.tsuku.llm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Makes damaged copies of files. */
public final class Damage {

  private Damage() {}

  /** A copy that ends after so many bytes. */
  public static Path truncated(Path source, Path target, int bytes) {
    byte[] whole = read(source);
    if (bytes >= whole.length) {
      throw new IllegalArgumentException(
          "%s has only %d bytes, so it is whole with %d".formatted(source, whole.length, bytes));
    }
    return write(target, Arrays.copyOf(whole, bytes));
  }

  /** A copy with other bytes in one place. */
  public static Path patched(Path source, Path target, int offset, byte... bytes) {
    byte[] whole = read(source);
    System.arraycopy(bytes, 0, whole, offset, bytes.length);
    return write(target, whole);
  }

  /** A copy in which the first occurrence of a text is replaced by one of the same length. */
  public static Path replaced(Path source, Path target, String old, String other) {
    String whole = new String(read(source), StandardCharsets.ISO_8859_1);
    int place = whole.indexOf(old);
    if (place < 0 || old.length() != other.length()) {
      throw new IllegalArgumentException(
          "%s does not hold '%s', or '%s' is not as long".formatted(source, old, other));
    }
    return patched(source, target, place, other.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static Path write(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
