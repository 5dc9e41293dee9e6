package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.BackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder with the shared libraries of llama.cpp, and which of its files they are. Prebuilt ones
 * carry variant and version in their names ({@code libllama.cuda.v0.4.0.so}), a build of one's own
 * does not ({@code libllama.so}).
 *
 * @param path the folder, absolute
 * @param base the library that everything else rests on
 * @param ggml the one that finds what can compute
 * @param llama llama.cpp itself
 * @param bundle the package that prebuilt libraries come from, such as {@code linux-x64-cuda};
 *     empty for an own build
 */
record LibraryDirectory(Path path, Path base, Path ggml, Path llama, Optional<String> bundle) {

  private static final List<String> VARIANTS = List.of("", "cuda", "vulkan", "metal");

  /**
   * Libraries that the user built.
   *
   * @throws BackendException of kind {@code UNUSABLE} if they are not there
   */
  static LibraryDirectory own(Path given, Platform platform) {
    Path folder = given.toAbsolutePath().normalize();
    Path llama = folder.resolve(platform.library("llama"));
    if (!Files.isRegularFile(llama)) {
      throw unusable(
          "The llama.cpp build in "
              + folder
              + " has no "
              + llama.getFileName()
              + ". Set TSUKU_LLM_LIBRARY_PATH to the folder that holds it, or unset it to use the"
              + " one that came with this program.");
    }
    return new LibraryDirectory(
        folder,
        folder.resolve(platform.library("ggml-base")),
        folder.resolve(platform.library("ggml")),
        llama,
        Optional.empty());
  }

  /**
   * Prebuilt libraries, either in {@code given} itself or in the npm packages under it.
   *
   * @throws BackendException of kind {@code UNUSABLE} if they are not there
   */
  static LibraryDirectory bundled(Path given, Platform platform) {
    Path root = given.toAbsolutePath().normalize();
    return VARIANTS.stream()
        .flatMap(variant -> candidates(root, platform, variant))
        .filter(candidate -> Files.isRegularFile(candidate.llama()))
        .findFirst()
        .orElseThrow(
            () ->
                unusable(
                    "There is no llama.cpp for "
                        + platform.label()
                        + " in "
                        + root
                        + ". Install this program again, or set TSUKU_LLM_LIBRARY_PATH to a folder"
                        + " with a build of your own of llama.cpp v"
                        + LlamaLibrary.RELEASES.getFirst()
                        + "."));
  }

  private static Stream<LibraryDirectory> candidates(Path root, Platform platform, String variant) {
    String bundle = platform.label() + (variant.isEmpty() ? "" : "-" + variant);
    String ofVariant = variant.isEmpty() ? "" : "." + variant;
    Path inPackage = Path.of("node_modules", "@node-llama-cpp", bundle, "bins", bundle);
    // The names of prebuilt libraries have the release in them.
    return Stream.of(root, root.resolve(inPackage))
        .flatMap(
            folder ->
                LlamaLibrary.RELEASES.stream()
                    .map(release -> ofVariant + ".v" + release)
                    .map(
                        suffix ->
                            new LibraryDirectory(
                                folder,
                                folder.resolve(platform.library("ggml-base")),
                                folder.resolve(platform.library("ggml" + suffix)),
                                folder.resolve(platform.library("llama" + suffix)),
                                Optional.of(bundle))));
  }

  /** Whether a part of ggml is here that computes on graphics. */
  boolean hasGraphics(Platform platform) {
    return Stream.of(BackendKind.values())
        .filter(kind -> kind != BackendKind.CPU)
        .map(kind -> platform.plugin("ggml-" + kind.lowerCase()))
        .anyMatch(plugin -> Files.exists(path.resolve(plugin)));
  }

  /** The files here that are, or that ggml would take for, parts of llama.cpp. */
  List<Path> parts(Platform platform) {
    try (Stream<Path> files = Files.list(path)) {
      return files
          .filter(file -> platform.part(file.getFileName().toString()).isPresent())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new BackendException(
          BackendException.Kind.UNUSABLE, "Cannot read the folder " + path + ": " + e, e);
    }
  }

  private static BackendException unusable(String message) {
    return new BackendException(BackendException.Kind.UNUSABLE, message);
  }
}
