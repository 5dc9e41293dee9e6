package dev.tsuku.llm.daemon;

import dev.tsuku.llm.daemon.socket.StartException;
import dev.tsuku.llm.daemon.socket.StartException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Makes sure that the home directory is there and can be used. */
final class HomeDirectory {

  private HomeDirectory() {}

  /**
   * Creates the directory for its owner only if it is missing; a link to one will do.
   *
   * @throws StartException if it cannot be used, with the reason
   */
  static void prepare(Path directory) {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw unusable(directory, reason(directory, e), e);
    }
    if (!Files.isWritable(directory)) {
      throw unusable(directory, "it may not be written", null);
    }
  }

  private static String reason(Path directory, IOException e) {
    for (Path path = directory; path != null; path = path.getParent()) {
      if (Files.isSymbolicLink(path) && !Files.exists(path)) {
        return path + " is a link to nothing";
      }
      if (Files.exists(path)) {
        if (!Files.isDirectory(path)) {
          return path + " is a file";
        }
        return Files.isWritable(path)
            ? "it cannot be created: " + e.getMessage()
            : "it cannot be created, because " + path + " may not be written";
      }
    }
    return String.valueOf(e.getMessage());
  }

  private static StartException unusable(
      Path directory, String reason, @Nullable IOException cause) {
    return new StartException(
        Kind.HOME_UNUSABLE,
        "Cannot use the directory "
            + directory
            + ": "
            + reason
            + ". Set TSUKU_HOME to a directory that you may write.",
        cause);
  }
}
