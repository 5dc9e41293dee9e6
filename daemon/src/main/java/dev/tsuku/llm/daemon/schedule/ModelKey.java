package dev.tsuku.llm.daemon.schedule;

import dev.tsuku.llm.models.ModelException;
import dev.tsuku.llm.models.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/**
 * What makes a model the same as another: the same file, not replaced in between.
 *
 * @param path behind all links
 */
record ModelKey(Path path, long sizeBytes, FileTime written) {

  static ModelKey of(ModelFile file) {
    try {
      Path path = file.path().toRealPath();
      return new ModelKey(path, file.sizeBytes(), Files.getLastModifiedTime(path));
    } catch (IOException e) {
      throw new ModelException(
          ModelException.Kind.MISSING,
          "The model file " + file.path() + " has just vanished. Put it back, or name another.",
          e);
    }
  }
}
