package dev.tsuku.llm.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the models that were read and checked, as long as their files stay the same: a header
 * with a large vocabulary takes tens of milliseconds, and every request asks for its model. Models
 * in several files are read each time. Thread-safe.
 */
final class OpenedFiles {

  /** Enough for every model that anybody uses; a header is some hundred kilobytes. */
  private static final int MAX_REMEMBERED = 16;

  /** A file's state: another one means other contents. */
  private record Stamp(long size, FileTime written, @Nullable Object key) {}

  private record Opened(Stamp stamp, ModelFile file) {}

  private final ConcurrentMap<Path, Opened> remembered = new ConcurrentHashMap<>();

  /**
   * The model in a file, read anew only if it has changed.
   *
   * @throws ModelException as {@link ModelFile#open} does
   */
  ModelFile open(Path file) {
    Optional<Stamp> stamp = PartName.of(file).isPresent() ? Optional.empty() : stampOf(file);
    if (stamp.isEmpty()) {
      return ModelFile.open(file);
    }
    if (remembered.size() >= MAX_REMEMBERED) {
      remembered.clear();
    }
    // Who asks while another reads the same file waits for that. The stamp is from before the
    // reading: what changes meanwhile is read again next time.
    return remembered
        .compute(
            file,
            (path, known) ->
                known != null && known.stamp().equals(stamp.get())
                    ? known
                    : new Opened(stamp.get(), ModelFile.open(path)))
        .file();
  }

  private static Optional<Stamp> stampOf(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.isRegularFile()
          ? Optional.of(
              new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey()))
          : Optional.empty();
    } catch (IOException e) {
      // Whoever opens it finds the words for this.
      return Optional.empty();
    }
  }
}
