package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The model that is part of the distribution. It is used only if its CRC-32 is the one recorded in
 * this build: what is to be found is damage and a mixed-up installation, and a SHA-256 takes 0.1 s
 * of a start. Thread-safe.
 */
public final class BuiltinModel {

  /** Its name in requests. */
  public static final String NAME = "builtin";

  private static final String FILE = NAME + ".gguf";
  private static final String MANIFEST = NAME + ".crc32";

  private final Path file;
  private final String expected;

  private volatile boolean verified;

  BuiltinModel(Path file, String expected) {
    this.file = file;
    this.expected = expected;
  }

  /**
   * The built-in model in a directory of the distribution.
   *
   * @return empty if the distribution has none
   */
  public static Optional<BuiltinModel> in(Path directory) {
    Path file = directory.resolve(FILE);
    return Files.exists(file) ? Optional.of(new BuiltinModel(file, recorded())) : Optional.empty();
  }

  /** The checksum in the manifest, eight hexadecimal digits. */
  private static String recorded() {
    try (InputStream in = BuiltinModel.class.getResourceAsStream(MANIFEST)) {
      if (in == null) {
        throw new IllegalStateException("this build has no resource " + MANIFEST);
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its file. */
  Path path() {
    return file;
  }

  /**
   * Compares the file's CRC-32 with the recorded one, until that has succeeded once.
   *
   * @throws ModelException if they differ
   */
  void verify() {
    if (verified) {
      return;
    }
    if (!checksum().equals(expected)) {
      throw new ModelException(
          Kind.DAMAGED,
          "The built-in model "
              + file
              + " is not the file of this build: its checksum differs. Install tsuku-llm again, or name"
              + " another model with --model or TSUKU_LLM_MODEL.");
    }
    verified = true;
  }

  private String checksum() {
    try (FileChannel channel = FileChannel.open(file)) {
      CRC32 crc = new CRC32();
      crc.update(channel.map(MapMode.READ_ONLY, 0, channel.size()));
      return HexFormat.of().toHexDigits((int) crc.getValue());
    } catch (IOException e) {
      throw ModelFiles.unreadable(file, e);
    }
  }
}
