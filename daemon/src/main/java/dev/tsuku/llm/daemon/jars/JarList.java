package dev.tsuku.llm.daemon.jars;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The jars that the caches of classes were made from, as the build noted them: their common time of
 * writing, in seconds of Unix time, in the first line, then one {@code sha256sum} a line.
 * Immutable.
 *
 * @param written when each of them was, to the second
 * @param digests SHA-256 in hexadecimal by the file's name
 */
record JarList(FileTime written, Map<String, String> digests) {

  private static final int DIGEST_CHARS = 64;

  JarList {
    digests = Map.copyOf(digests);
  }

  /**
   * Reads a list.
   *
   * @throws IOException if there is none, or it is something else
   */
  static JarList read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    Map<String, String> digests = new LinkedHashMap<>();
    for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      String name = line.substring(Math.min(DIGEST_CHARS, line.length())).strip();
      if (name.isEmpty() || name.contains("/")) {
        throw new IOException(file + " has the line '" + line + "'");
      }
      digests.put(name, line.substring(0, DIGEST_CHARS));
    }
    try {
      long seconds = Long.parseLong(lines.isEmpty() ? "" : lines.getFirst());
      return new JarList(FileTime.from(seconds, TimeUnit.SECONDS), digests);
    } catch (NumberFormatException e) {
      throw new IOException(file + " does not begin with a time", e);
    }
  }

  /** Whether all jars are in a directory and have the right time of writing. */
  boolean hasTimesOf(Path directory) throws IOException {
    for (String name : digests.keySet()) {
      Path jar = directory.resolve(name);
      if (!Files.isRegularFile(jar)
          || Files.getLastModifiedTime(jar).to(TimeUnit.SECONDS) != written.to(TimeUnit.SECONDS)) {
        return false;
      }
    }
    return true;
  }

  /** Whether all jars are in a directory, byte for byte. */
  boolean hasContentsOf(Path directory) throws IOException {
    for (Map.Entry<String, String> jar : digests.entrySet()) {
      Path file = directory.resolve(jar.getKey());
      if (!Files.isRegularFile(file) || !digest(file).equals(jar.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static String digest(Path file) throws IOException {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
      byte[] buffer = new byte[1 << 16];
      while (in.read(buffer) >= 0) {
        // The digest is what it is read for.
      }
    }
    return HexFormat.of().formatHex(sha256.digest());
  }
}
