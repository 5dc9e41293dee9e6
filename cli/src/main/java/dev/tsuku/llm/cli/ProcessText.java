package dev.tsuku.llm.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a process was given as bytes and Java shows as strings. Bytes that are not UTF-8 become
 * replacement characters without a word, and a path with them would be another path. Stateless.
 */
final class ProcessText {

  private static final char REPLACEMENT = '\uFFFD';

  private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");
  private static final Path ENVIRONMENT = Path.of("/proc/self/environ");

  private ProcessText() {}

  /**
   * Why the process cannot go on with what it was given, as sentences; empty if it can. Looks at
   * the bytes only where a string has a replacement character; where the system does not show them,
   * the strings count.
   */
  static Optional<String> problem(String[] args, Map<String, String> environment) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].indexOf(REPLACEMENT) >= 0 && !isUtf8(argument(args.length - i))) {
        return Optional.of(
            "Argument " + (i + 1) + " is not text in UTF-8. Convert it, or rename the file.");
      }
    }
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      if (isOurs(variable.getKey())
          && variable.getValue().indexOf(REPLACEMENT) >= 0
          && !isUtf8(variable(variable.getKey()))) {
        return Optional.of(
            variable.getKey()
                + " is not text in UTF-8. Set it to a path in UTF-8, or rename the directory.");
      }
    }
    return Optional.empty();
  }

  private static boolean isOurs(String name) {
    return name.startsWith("TSUKU_") || name.equals("HOME");
  }

  /** The bytes of an argument, counted from the last, since the JVM's own come first. */
  private static byte[] argument(int fromLast) {
    byte[][] all = parts(ARGUMENTS);
    return all.length < fromLast ? new byte[0] : all[all.length - fromLast];
  }

  private static byte[] variable(String name) {
    byte[] prefix = (name + "=").getBytes(StandardCharsets.UTF_8);
    for (byte[] part : parts(ENVIRONMENT)) {
      if (part.length >= prefix.length
          && ByteBuffer.wrap(part, 0, prefix.length).equals(ByteBuffer.wrap(prefix))) {
        return part;
      }
    }
    return new byte[0];
  }

  /** What a file of the system holds, each part with a zero byte after it. */
  private static byte[][] parts(Path file) {
    try {
      // One character for each byte, so that strings can be split.
      String all = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      String[] parts = all.split("\0", -1);
      byte[][] bytes = new byte[Math.max(0, parts.length - 1)][];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = parts[i].getBytes(StandardCharsets.ISO_8859_1);
      }
      return bytes;
    } catch (IOException e) {
      return new byte[0][];
    }
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
