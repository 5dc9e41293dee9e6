package dev.tsuku.llm.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A model that native code may be given: its header, and those of its other parts, have been read
 * and checked. The files may of course change afterwards.
 *
 * @param name what a user calls it
 * @param path the file, or the first of several
 * @param sizeBytes the size of all parts together
 * @param header its metadata, and the tensors of all parts
 */
public record ModelFile(String name, Path path, long sizeBytes, GgufHeader header) {

  /**
   * Reads and checks a model. Takes milliseconds, whatever its size.
   *
   * @param file a GGUF file, or the first of several
   * @throws ModelException if there is no such file, or native code must not see it
   */
  public static ModelFile open(Path file) {
    ModelFiles.requireRegular(file);
    GgufContents contents = GgufParser.parse(file);
    // Later parts have no architecture; say what they are, not what they lack.
    List<Path> parts = Parts.files(file, contents);
    GgufHeader header = GgufHeader.of(file, Parts.joined(contents, parts));
    TensorCheck.run(header);
    ShapeCheck.run(header);
    TokenizerCheck.run(header);
    return new ModelFile(nameOf(file), file, size(parts), header);
  }

  /** What a model in a file of this name is called. */
  static String nameOf(Path file) {
    String name = file.getFileName().toString();
    return PartName.of(file)
        .map(PartName::model)
        .orElse(name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name);
  }

  private static long size(List<Path> parts) {
    long sum = 0;
    for (Path part : parts) {
      try {
        sum += Files.size(part);
      } catch (IOException e) {
        throw ModelFiles.unreadable(part, e);
      }
    }
    return sum;
  }
}
