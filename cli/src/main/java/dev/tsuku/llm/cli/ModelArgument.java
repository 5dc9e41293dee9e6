package dev.tsuku.llm.cli;

import dev.tsuku.llm.protocol.Home;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

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
    Path here = asPath(text).toAbsolutePath().normalize();
    Path own = home.models().resolve(asPath(text));
    for (Path file : path ? List.of(here) : List.of(here, own)) {
      if (Files.isRegularFile(file)) {
        return file.toString();
      }
    }
    if (Files.isDirectory(here)) {
      throw new Failure(
          "The model "
              + here
              + " is a directory. Give the path of a GGUF file, or a model's name.");
    }
    throw new Failure(
        "There is no model file "
            + here
            + (path ? "." : ", and none of that name in " + home.models() + ".")
            + " Give the path of a GGUF file, or a model's name.");
  }

  private static Path asPath(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new Failure("'" + text + "' is neither a path nor a model's name.", e);
    }
  }
}
