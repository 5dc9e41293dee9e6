package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Sentences about files that cannot even be opened. */
final class ModelFiles {

  private ModelFiles() {}

  /** Refuses what is not a regular file, or a link to one, that can be read. */
  static void requireRegular(Path file) {
    if (!Files.exists(file)) {
      throw missing(file);
    }
    if (Files.isDirectory(file)) {
      throw new ModelException(
          Kind.NOT_A_MODEL, "%s is a directory. Name a GGUF file in it.".formatted(file));
    }
    // Opening a FIFO would wait for a writer.
    if (!Files.isRegularFile(file)) {
      throw new ModelException(
          Kind.NOT_A_MODEL,
          "%s is a pipe or a device, not a file. Name a GGUF file.".formatted(file));
    }
    requireUtf8(file);
    if (!Files.isReadable(file)) {
      throw new ModelException(
          Kind.UNREADABLE,
          "%s may not be read by this user. Change its permissions.".formatted(file));
    }
  }

  /** Of other bytes, what anybody would be shown or could type is another path. */
  private static void requireUtf8(Path file) {
    if (!Path.of(file.toString()).equals(file)) {
      throw new ModelException(
          Kind.UNREADABLE,
          "The path of %s has bytes that are not UTF-8. Rename the file or its directory."
              .formatted(file));
    }
  }

  static ModelException unreadable(Path file, IOException cause) {
    return new ModelException(
        Kind.UNREADABLE, "%s cannot be read: %s.".formatted(file, cause.getMessage()), cause);
  }

  private static ModelException missing(Path file) {
    if (Files.isSymbolicLink(file)) {
      return new ModelException(
          Kind.MISSING,
          "%s is a link to %s, which does not exist. Change the link, or remove it."
              .formatted(file, target(file)));
    }
    // Without the right to look into its directory, a file seems not to exist.
    if (!Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      return new ModelException(
          Kind.UNREADABLE,
          "%s may not be looked at by this user. Change the permissions of its directory."
              .formatted(file));
    }
    return new ModelException(
        Kind.MISSING,
        "%s does not exist. Name a GGUF file, or an installed model.".formatted(file));
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "something";
    }
  }
}
