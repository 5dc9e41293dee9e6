import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * {@code java NoteChecksums.java DIR}: writes the CRC-32 and the SHA-256 of each file in the
 * directory DIR into the file {@code checksums} there.
 *
 * <p>The daemon knows the SHA-256 of every library of llama.cpp that it may load. Where one is noted
 * here, its CRC-32 is compared instead of it, which is as good against damage and mixed-up
 * installations and takes a few milliseconds of a load rather than a quarter of a second.
 */
final class NoteChecksums {

  private static final String NAME = "checksums";

  private NoteChecksums() {}

  public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
    Path directory = Path.of(args[0]);
    List<Path> files;
    try (Stream<Path> entries = Files.list(directory)) {
      files = entries.filter(file -> !file.endsWith(NAME)).sorted().toList();
    }
    StringBuilder lines = new StringBuilder();
    for (Path file : files) {
      byte[] content = Files.readAllBytes(file);
      CRC32 crc = new CRC32();
      crc.update(content);
      byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(content);
      lines
          .append(HexFormat.of().toHexDigits((int) crc.getValue()))
          .append(' ')
          .append(HexFormat.of().formatHex(sha256))
          .append("  ")
          .append(file.getFileName())
          .append('\n');
    }
    Files.writeString(directory.resolve(NAME), lines);
  }
}
