package dev.tsuku.llm.daemon.socket;

import dev.tsuku.llm.daemon.socket.Posix.FileId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Which file lies at a path, and removing it only if it is the expected one. */
final class FileIds {

  private FileIds() {}

  /** The file at the path itself, a link not followed; empty if there is none. */
  static Optional<FileId> at(Path path) throws IOException {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(path, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
      return Optional.of(new FileId(number(attributes, "dev"), number(attributes, "ino")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static long number(Map<String, Object> attributes, String name) {
    return ((Number) Objects.requireNonNull(attributes.get(name))).longValue();
  }

  /**
   * Removes the file at the path if it is this one: what belongs to another is left alone.
   *
   * @return whether it was removed
   */
  static boolean removeIf(Path path, FileId id) throws IOException {
    return at(path).filter(id::equals).isPresent() && Files.deleteIfExists(path);
  }
}
