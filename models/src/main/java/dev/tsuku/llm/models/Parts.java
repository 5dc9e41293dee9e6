package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Puts the headers of a model together that comes in several files. llama.cpp finds the others by
 * the name of the first, so they must be named and numbered as its own tool does it.
 */
final class Parts {

  private final Path first;
  private final GgufContents contents;

  private Parts(Path first, GgufContents contents) {
    this.first = first;
    this.contents = contents;
  }

  /**
   * The files of a model.
   *
   * @param contents what was read from the first, or only, file
   */
  static List<Path> files(Path first, GgufContents contents) {
    return new Parts(first, contents).files();
  }

  /** The contents of the first file, with the tensors of all. */
  static GgufContents joined(GgufContents contents, List<Path> files) {
    if (files.size() == 1) {
      return contents;
    }
    return new Parts(files.getFirst(), contents).joined(files);
  }

  private List<Path> files() {
    int count = number(first, contents, Keys.SPLIT_COUNT, 1);
    int number = number(first, contents, Keys.SPLIT_NUMBER, 0);
    if (count <= 1) {
      return List.of(first);
    }
    if (number != 0) {
      throw GgufHeader.refusal(
          Kind.NOT_A_MODEL,
          first,
          "is part %d of %d of a model. Name the first part.".formatted(number + 1, count));
    }
    PartName name =
        PartName.of(first)
            .filter(form -> form.number() == 1 && form.count() == count)
            .orElseThrow(
                () ->
                    GgufHeader.refusal(
                        Kind.UNSUPPORTED,
                        first,
                        "is the first of %d parts, but its name does not end in '-00001-of-%05d.gguf'. Give all parts their names back."
                            .formatted(count, count)));
    List<Path> files = new ArrayList<>();
    for (int part = 1; part <= count; part++) {
      files.add(present(first.resolveSibling(name.fileOf(part)), part, count));
    }
    return files;
  }

  private Path present(Path file, int part, int count) {
    if (!Files.exists(file)) {
      throw GgufHeader.refusal(
          Kind.DAMAGED,
          first,
          "is incomplete: part %d of %d, %s, is missing. Download all parts."
              .formatted(part, count, file.getFileName()));
    }
    ModelFiles.requireRegular(file);
    return file;
  }

  private GgufContents joined(List<Path> files) {
    Set<String> names = new HashSet<>();
    List<TensorInfo> tensors = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      Path file = files.get(i);
      GgufContents part = i == 0 ? contents : GgufParser.parse(file);
      if (number(file, part, Keys.SPLIT_NUMBER, -1) != i) {
        throw GgufHeader.refusal(
            Kind.DAMAGED,
            file,
            "does not hold part %d of its model, as its name says. Download it again."
                .formatted(i + 1));
      }
      for (TensorInfo tensor : part.tensors()) {
        if (!names.add(tensor.name())) {
          throw GgufHeader.refusal(
              Kind.DAMAGED,
              file,
              "repeats the tensor '%s' of another part. Download all parts again."
                  .formatted(tensor.name()));
        }
        tensors.add(tensor);
      }
    }
    OptionalLong expected = contents.whole(Keys.SPLIT_TENSORS);
    if (expected.isPresent() && expected.getAsLong() != tensors.size()) {
      throw GgufHeader.refusal(
          Kind.DAMAGED,
          first,
          "announces %d tensors, but its parts hold %d. Download all parts again."
              .formatted(expected.getAsLong(), tensors.size()));
    }
    return new GgufContents(
        contents.version(),
        contents.metadata(),
        tensors,
        contents.vocabulary(),
        contents.tokenizer());
  }

  // Of another type, llama.cpp ends the process when it reads the number of a later part.
  private static int number(Path file, GgufContents contents, String key, int absent) {
    GgufValue value = contents.metadata().get(key);
    if (value == null) {
      return absent;
    }
    if (value instanceof GgufValue.Whole(GgufType type, long number) && type == GgufType.U16) {
      return (int) number;
    }
    throw GgufHeader.refusal(
        Kind.DAMAGED,
        file,
        "is damaged: %s is not a 16-bit number. Download it again.".formatted(key));
  }
}
