package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.Backend;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.llama.abi.Shapes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * llama.cpp as a backend. Opening it costs nothing; the libraries are verified and loaded at the
 * first call that needs them, which then takes some tenths of a second. Immutable and thread-safe.
 * Every method throws a {@link BackendException} of kind {@code UNUSABLE} if llama.cpp, or the kind
 * of device that the settings ask for, cannot be used.
 */
public final class LlamaBackend implements Backend {

  /** What a model is computed on: no devices means the processor. */
  private record Choice(BackendKind kind, List<ComputeDevice> devices) {}

  private final LlamaSettings settings;

  private LlamaBackend(LlamaSettings settings) {
    this.settings = settings;
  }

  public static LlamaBackend open(LlamaSettings settings) {
    return new LlamaBackend(settings);
  }

  /** What computes. Loads nothing where only the processor can. */
  @Override
  public String name() {
    return onlyProcessorCan() ? BackendKind.CPU.lowerCase() : choice().kind().lowerCase();
  }

  private boolean onlyProcessorCan() {
    if (settings.ownBuild().isPresent()
        || settings.kind().filter(kind -> kind != BackendKind.CPU).isPresent()) {
      return false;
    }
    Platform platform = Platform.current();
    return !LibraryDirectory.bundled(settings.bundledDirectory(), platform).hasGraphics(platform);
  }

  /**
   * Prepares the process for the first model; returns at once. What is done in the meantime, such
   * as reading the model's header, costs no time then. To be called before the first {@link #load},
   * at most once a process.
   */
  public static void prepare() {
    Shapes.generateInBackground();
  }

  /**
   * Sets what gets the reason when ggml ends this process, as it does after an error of CUDA or a
   * failed assertion. Called once, on any thread, possibly inside a call of this class; must be
   * quick and call nothing here. Without it, the reason is printed to the standard error.
   */
  public static void onAbort(Consumer<String> listener) {
    NativeLog.onAbort(listener);
  }

  /** Whether this process has loaded llama.cpp, by whomever. */
  public static boolean isLibraryLoaded() {
    return LlamaLibrary.isLoaded();
  }

  /** The version that the loaded llama.cpp gives itself. */
  public String version() {
    return LlamaLibrary.load(settings).version();
  }

  @Override
  public long availableVramBytes() {
    return choice().devices().stream().mapToLong(ComputeDevice::freeBytes).sum();
  }

  @Override
  public LlamaModel load(Path file, LoadMonitor monitor) {
    return LlamaModel.open(file, choice().devices(), LlamaModel.Parts.ALL, monitor);
  }

  /** Loads what a file says of its tokens, and no weights; contexts cannot be opened from it. */
  public LlamaModel loadVocabulary(Path file) {
    choice();
    return LlamaModel.open(file, List.of(), LlamaModel.Parts.VOCABULARY, LoadMonitor.NONE);
  }

  /**
   * Why the processor computes although libraries for graphics came along, as a sentence or two;
   * empty where graphics compute, where there are no such libraries, and where the processor was
   * asked for.
   */
  public Optional<String> whyNoGraphics() {
    if (settings.kind().isPresent() || onlyProcessorCan()) {
      return Optional.empty();
    }
    LlamaLibrary library = LlamaLibrary.load(settings);
    if (ComputeDevice.best(library.devices()) != BackendKind.CPU) {
      return Optional.empty();
    }
    return Stream.of(BackendKind.values())
        .filter(kind -> Files.isRegularFile(plugin(library, kind)))
        .filter(kind -> kind != BackendKind.CPU)
        .findFirst()
        .map(
            kind ->
                "The processor computes, though llama.cpp for "
                    + kind.lowerCase()
                    + " is installed. "
                    + whyMissing(library, kind).orElse("It finds no device here.")
                    + " TSUKU_LLM_BACKEND=cpu ends this note.");
  }

  private Choice choice() {
    LlamaLibrary library = LlamaLibrary.load(settings);
    List<ComputeDevice> all = library.devices();
    BackendKind kind = settings.kind().orElseGet(() -> ComputeDevice.best(all));
    List<ComputeDevice> chosen = ComputeDevice.graphics(all, kind);
    if (kind != BackendKind.CPU && chosen.isEmpty()) {
      throw new BackendException(
          BackendException.Kind.UNUSABLE,
          "llama.cpp cannot compute with "
              + kind.lowerCase()
              + " here; it has "
              + all.stream()
                  .map(device -> device.kind().lowerCase())
                  .distinct()
                  .collect(Collectors.joining(", "))
              + "."
              + whyMissing(library, kind).map(reason -> " " + reason).orElse(""));
    }
    return new Choice(kind, chosen);
  }

  private static Optional<String> whyMissing(LlamaLibrary library, BackendKind kind) {
    Path plugin = plugin(library, kind);
    if (!Files.isRegularFile(plugin)) {
      return Optional.of(
          "The llama.cpp in "
              + library.directory()
              + " was built without "
              + kind.lowerCase()
              + ".");
    }
    return LlamaLibrary.whyNotLoadable(plugin)
        .map(reason -> "Its " + plugin.getFileName() + " cannot be loaded: " + reason + ".");
  }

  private static Path plugin(LlamaLibrary library, BackendKind kind) {
    return library.directory().resolve(Platform.current().plugin("ggml-" + kind.lowerCase()));
  }
}
