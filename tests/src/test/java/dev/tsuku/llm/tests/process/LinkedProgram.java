package dev.tsuku.llm.tests.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The packaged program with one part missing, which is left to a test. */
final class LinkedProgram {

  private LinkedProgram() {}

  /** Where the whole program is. */
  static Path whole() {
    return TsukuCommand.launcher().resolveSibling("..").normalize();
  }

  /**
   * Makes a directory with links to all parts but one.
   *
   * @param copy the directory, which must not exist
   * @param part a path in the program, such as {@code "runtime/lib/modules"}
   */
  static Path without(String part, Path copy) throws IOException {
    Path from = whole();
    Path to = Files.createDirectory(copy);
    for (Path name : Path.of(part)) {
      Files.createDirectories(to);
      try (Stream<Path> all = Files.list(from)) {
        for (Path other : all.toList()) {
          if (!other.getFileName().equals(name)) {
            Files.createSymbolicLink(to.resolve(other.getFileName()), other);
          }
        }
      }
      from = from.resolve(name);
      to = to.resolve(name);
    }
    if (!part.startsWith("bin")) {
      // The program is where its script is.
      Files.delete(copy.resolve("bin"));
      Files.createDirectory(copy.resolve("bin"));
      Files.copy(TsukuCommand.launcher(), copy.resolve("bin/tsuku-llm"));
    }
    return copy;
  }
}
