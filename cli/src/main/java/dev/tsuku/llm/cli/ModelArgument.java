package dev.tsuku.llm.cli;

import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a person means by {@code --model}: a file, or the name of a model. */
final class ModelArgument {

  private static final String SUFFIX = ".gguf";

  private ModelArgument() {}

  /**
   * The model as the daemon understands it wherever it was started: an absolute path or a name.
   *
   * @param text as given; empty: the daemon's own choice
   * @throws Failure if it can only mean a file, and there is none
   */
  static String resolved(String text, Home home) {
    if (text.isEmpty()) {
      return "";
    }
    boolean path = text.contains("/");
    if (!path && !text.endsWith(SUFFIX) && !Files.isRegularFile(asPath(text))) {
      return text;
    }
    InputFile.requireFindable(asPath(text));
    Path here = asPath(text).toAbsolutePath().normalize();
    Path own = home.models().resolve(asPath(text));
    for (Path file : path ? List.of(here) : List.of(here, own)) {
      Optional<Path> found = Files.exists(file) ? Optional.of(file) : otherwiseComposed(file);
      if (found.filter(Files::isRegularFile).isPresent()) {
        return found.get().toString();
      }
    }
    if (Files.isDirectory(here)) {
      throw new Failure(
          "The model "
              + here
              + " is a directory. Give the path of a GGUF file, or a model's name.");
    }
    Path special = path || Files.exists(here) ? here : own;
    if (Files.exists(special)) {
      throw new Failure(
          "The model "
              + special
              + " is a pipe or a device, not a file. Give the path of a GGUF file, or a model's"
              + " name.");
    }
    for (Path file : path ? List.of(here) : List.of(here, own)) {
      if (Files.isSymbolicLink(file)) {
        throw new Failure(InputFile.missing(file));
      }
    }
    throw new Failure(
        "There is no model file "
            + here
            + (path ? "." : ", and none of that name in " + home.models() + ".")
            + " Give the path of a GGUF file, or a model's name.");
  }

  /** The file whose name has the same characters, composed of other code points. */
  private static Optional<Path> otherwiseComposed(Path file) {
    Path directory = file.getParent();
    if (directory == null || file.toString().chars().allMatch(c -> c < 0x80)) {
      return Optional.empty();
    }
    String name = Normalizer.normalize(file.getFileName().toString(), Form.NFC);
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(
              entry -> Normalizer.normalize(entry.getFileName().toString(), Form.NFC).equals(name))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static Path asPath(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new Failure("'" + text + "' is neither a path nor a model's name.", e);
    }
  }
}
