package dev.tsuku.llm.llama;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the tests find the real libraries and the models that lie beside the repository. */
final class Native {

  private static final Path ROOT = Path.of(System.getProperty("tsuku.root", ".."));
  private static final Path SHARED = ROOT.resolve("../shared");

  /** What the build fetched, as npm lays it out. */
  static final Path PACKAGES = ROOT.resolve("llama/native/cpu");

  private Native() {}

  static LlamaSettings settings() {
    return new LlamaSettings(PACKAGES, Optional.empty(), Optional.of(BackendKind.CPU));
  }

  static LlamaBackend backend() {
    return LlamaBackend.open(settings());
  }

  /** A file beside the repository; the test is skipped where there is none. */
  static Path shared(String file) {
    Path path = SHARED.resolve(file).normalize();
    assumeTrue(Files.exists(path), () -> "skipped: there is no " + path);
    return path;
  }

  static Path stories() {
    return shared("models/stories260K.gguf");
  }

  /** The folder of the libraries for this platform. */
  static Path libraries() {
    return LibraryDirectory.bundled(PACKAGES, Platform.current()).path();
  }
}
