package dev.tsuku.llm.llama;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The CRC-32 of each library, as packaging has noted it in a file beside them. What is to be found
 * is damage and a mixed-up installation: whoever can write there can replace this program as well,
 * and computing 20 MB of SHA-256 takes a quarter of a second before the compilers know it.
 *
 * @param lines what is noted, by file name
 */
record NotedChecksums(Map<String, Line> lines) {

  /** One library's: its CRC-32, and the SHA-256 of the same content, in lower-case hexadecimal. */
  record Line(String crc32, String sha256) {}

  private static final String FILE = "checksums";
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int CRC32_DIGITS = 8;
  private static final int SHA256_DIGITS = 64;

  /** Where the name begins. */
  private static final int NAME = CRC32_DIGITS + 1 + SHA256_DIGITS + 2;

  /** What is noted in a directory; nothing where it has no such file, or none that can be read. */
  static NotedChecksums in(Path directory) {
    Map<String, Line> lines = new HashMap<>();
    try {
      for (String line : Files.readAllLines(directory.resolve(FILE))) {
        if (line.length() > NAME) {
          String sha256 = line.substring(CRC32_DIGITS + 1, CRC32_DIGITS + 1 + SHA256_DIGITS);
          lines.put(line.substring(NAME), new Line(line.substring(0, CRC32_DIGITS), sha256));
        }
      }
    } catch (IOException e) {
      // Without them, the SHA-256 is computed.
      return new NotedChecksums(Map.of());
    }
    return new NotedChecksums(lines);
  }

  /**
   * Whether a file is the one whose SHA-256 that is, by its CRC-32.
   *
   * @return empty if nothing is noted for that SHA-256
   * @throws IOException if the file cannot be read
   */
  Optional<Boolean> matches(Path file, String sha256) throws IOException {
    Line noted = lines.get(file.getFileName().toString());
    return noted == null || !noted.sha256().equals(sha256)
        ? Optional.empty()
        : Optional.of(crc32(file).equals(noted.crc32()));
  }

  private static String crc32(Path file) throws IOException {
    CRC32 crc = new CRC32();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        crc.update(buffer, 0, read);
      }
    }
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }
}
