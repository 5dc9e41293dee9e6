package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds models: by path anywhere, by name in one directory.
 *
 * <p>A model {@code qwen} is the file {@code qwen.gguf}, or the files {@code
 * qwen-00001-of-00003.gguf} and so on. The directory may be a link, may hold links, and need not
 * exist; it is looked at anew in each call, so what users put into it is there at once, but a file
 * is read again only when it has changed. Hidden entries, such as a directory of unfinished
 * downloads, are not models. The built-in model, {@code builtin}, is not in the directory; it is
 * chosen while nothing is installed. Thread-safe.
 */
public final class ModelStore {

  private final Path directory;
  private final Optional<BuiltinModel> builtin;
  private final OpenedFiles opened = new OpenedFiles();

  /** The models in a directory, and no others. */
  public ModelStore(Path directory) {
    this(directory, Optional.empty());
  }

  /** The models in a directory, and the built-in one. */
  public ModelStore(Path directory, Optional<BuiltinModel> builtin) {
    this.directory = directory;
    this.builtin = builtin;
  }

  public Path directory() {
    return directory;
  }

  /**
   * The model to use.
   *
   * @param wanted a path or a name; null where the user has not said, and then it is the only
   *     installed model or, of several, the one whose file was written last: who has just fetched a
   *     model means to use it; the built-in one if none is installed
   * @throws ModelException if it is missing or cannot be used, or there is none
   */
  public ModelFile choose(@Nullable String wanted) {
    return wanted == null ? newest() : find(wanted);
  }

  /**
   * The model of a name or path.
   *
   * @param model a path if it has a slash, or if it ends in {@code .gguf} and there is such a file;
   *     otherwise a name, in capitals or not, with or without {@code .gguf}
   * @throws ModelException if it is missing, is the name of several, or cannot be used
   */
  public ModelFile find(String model) {
    Path path = path(model);
    boolean named = model.indexOf('/') < 0;
    if (!named || (model.endsWith(".gguf") && Files.exists(path))) {
      return opened.open(path);
    }
    return named(model);
  }

  /**
   * The model of a name or an absolute path: the same wherever this process was started, of which
   * whoever names the model may know nothing.
   *
   * @param model a path if it is absolute; otherwise a name, as in {@link #find}
   * @throws ModelException if it is missing, is the name of several, or cannot be used
   */
  public ModelFile findAnywhere(String model) {
    Path path = path(model);
    return path.isAbsolute() ? opened.open(path) : named(model);
  }

  private ModelFile named(String model) {
    return builtin
        .filter(own -> model.equals(BuiltinModel.NAME))
        .map(own -> opened.open(own.path()))
        .orElseGet(() -> opened.open(installed(model)));
  }

  /**
   * Reads the whole of a model of which a checksum is known, which is the built-in one; before a
   * load, not before each look at what there is.
   *
   * @throws ModelException if the file is not the one that the checksum was recorded of
   */
  public void requireUndamaged(ModelFile file) {
    builtin.filter(own -> own.path().equals(file.path())).ifPresent(BuiltinModel::verify);
  }

  /** All models in the directory by name, those that cannot be used among them. */
  public List<InstalledModel> installed() {
    return files().entrySet().stream()
        .map(entry -> look(entry.getKey(), entry.getValue()))
        .toList();
  }

  private InstalledModel look(String name, Path path) {
    try {
      return new InstalledModel.Usable(opened.open(path));
    } catch (ModelException e) {
      return new InstalledModel.Unusable(name, path, e);
    }
  }

  private ModelFile newest() {
    List<Path> byAge =
        files().values().stream()
            .sorted(Comparator.comparingLong(ModelStore::age).reversed())
            .toList();
    ModelException trouble = null;
    for (Path file : byAge) {
      try {
        return opened.open(file);
      } catch (ModelException e) {
        trouble = trouble == null ? e : trouble;
      }
    }
    if (trouble != null) {
      throw trouble;
    }
    return builtin
        .map(own -> opened.open(own.path()))
        .orElseThrow(
            () ->
                new ModelException(
                    Kind.MISSING,
                    "No model is installed. Put a GGUF file into %s, or name one with --model or TSUKU_LLM_MODEL."
                        .formatted(directory)));
  }

  private static long age(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return Long.MIN_VALUE;
    }
  }

  private static Path path(String model) {
    try {
      return Path.of(model);
    } catch (InvalidPathException e) {
      throw new ModelException(
          Kind.MISSING,
          "No model can be called '%s': %s. Name a GGUF file, or an installed model."
              .formatted(model.replace('\0', '?'), e.getReason()),
          e);
    }
  }

  private Path installed(String model) {
    Map<String, Path> files = files();
    String name = model.endsWith(".gguf") ? model.substring(0, model.length() - 5) : model;
    Path exact = files.get(name);
    if (exact != null) {
      return exact;
    }
    String composed = composed(name);
    List<Map.Entry<String, Path>> alike =
        files.entrySet().stream()
            .filter(file -> composed.equalsIgnoreCase(composed(file.getKey())))
            .toList();
    return switch (alike.size()) {
      case 1 -> alike.getFirst().getValue();
      case 0 -> throw missing(name, List.copyOf(files.keySet()));
      default ->
          throw new ModelException(
              Kind.AMBIGUOUS,
              "Several models are called '%s' but for capitals or accents: %s. Name one of them exactly."
                  .formatted(
                      name, String.join(", ", alike.stream().map(Map.Entry::getKey).toList())));
    };
  }

  /** Of the ways to write a letter with an accent, one: keyboards and file systems differ. */
  private static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  private ModelException missing(String name, List<String> files) {
    // What is not UTF-8 cannot be typed as it is shown.
    List<String> installed = files.stream().filter(it -> it.indexOf('\uFFFD') < 0).toList();
    String rest =
        installed.isEmpty()
            ? "and none is: put a GGUF file into %s, or give the path of one.".formatted(directory)
            : "but these are: %s. Name one of them, or put a GGUF file into %s."
                .formatted(String.join(", ", NearNames.sorted(name, installed)), directory);
    return new ModelException(Kind.MISSING, "No model '%s' is installed, %s".formatted(name, rest));
  }

  /** The files of models, or their first parts, by name in order. */
  private Map<String, Path> files() {
    Map<String, Path> files = new TreeMap<>();
    for (Path file : entries()) {
      String name = file.getFileName().toString();
      boolean first = PartName.of(file).map(part -> part.number() == 1).orElse(true);
      if (name.endsWith(".gguf") && !name.startsWith(".") && first && !Files.isDirectory(file)) {
        files.putIfAbsent(ModelFile.nameOf(file), file);
      }
    }
    return files;
  }

  private List<Path> entries() {
    if (Files.notExists(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      // A model in one file goes before parts of the same name.
      return new ArrayList<>(
          entries
              .sorted(Comparator.comparing((Path entry) -> PartName.of(entry).isPresent()))
              .toList());
    } catch (IOException e) {
      throw new ModelException(
          Kind.UNREADABLE,
          "The directory of models, %s, cannot be read: %s.".formatted(directory, e.getMessage()),
          e);
    }
  }
}
