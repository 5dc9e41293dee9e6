package dev.tsuku.llm.llama;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.llama.abi.CString;
import dev.tsuku.llm.llama.abi.RuntimeFunctions;
import dev.tsuku.llm.llama.abi.Structs;
import dev.tsuku.llm.llama.abi.Symbols;
import dev.tsuku.llm.llama.abi.ThreadPoolFunctions;
import java.lang.System.Logger;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The loaded llama.cpp. There is one in a process, loaded at most once and never unloaded: its
 * threads and its callbacks into Java outlive any moment at which that would be safe. Immutable and
 * thread-safe.
 */
final class LlamaLibrary {

  /**
   * The releases whose functions and structs {@code abi} describes, which are the same in all of
   * them; the newest first.
   */
  static final List<String> RELEASES = List.of("0.5.0", "0.4.0");

  private static final Logger LOGGER = System.getLogger(LlamaLibrary.class.getName());

  /** What a build from the release's sources says unless its builder asked for something else. */
  private static final String DEVELOPMENT_SUFFIX = "-dev";

  @GuardedBy("LlamaLibrary.class")
  private static @Nullable LlamaLibrary loaded;

  private final Path directory;
  private final String version;
  private final List<ComputeDevice> devices;

  private LlamaLibrary(Path directory, String version, List<ComputeDevice> devices) {
    this.directory = directory;
    this.version = version;
    this.devices = devices;
  }

  /**
   * The library of the settings, loaded and checked unless it is already.
   *
   * @throws BackendException of kind {@code UNUSABLE} if it cannot be used, or if the process has
   *     already loaded another one
   */
  static synchronized LlamaLibrary load(LlamaSettings settings) {
    Platform platform = Platform.current();
    LibraryDirectory found =
        settings
            .ownBuild()
            .map(own -> LibraryDirectory.own(own, platform))
            .orElseGet(() -> LibraryDirectory.bundled(settings.bundledDirectory(), platform));
    LlamaLibrary before = loaded;
    if (before == null) {
      loaded = load(found, platform);
      return loaded;
    }
    if (!before.directory.equals(found.path())) {
      throw unusable(
          "llama.cpp of "
              + before.directory
              + " is already in use; the one of "
              + found.path()
              + " can be used by another process only.");
    }
    return before;
  }

  static synchronized boolean isLoaded() {
    return loaded != null;
  }

  /** The version that the loaded library gives itself. */
  static synchronized String loadedVersion() {
    LlamaLibrary library = loaded;
    if (library == null) {
      throw new IllegalStateException("llama.cpp is not loaded");
    }
    return library.version;
  }

  private static LlamaLibrary load(LibraryDirectory found, Platform platform) {
    long start = System.nanoTime();
    found.bundle().ifPresent(name -> LibraryManifest.of(name).verify(found, platform));
    SymbolLookup linked = open(found);
    Symbols.bind(linked);
    String version = checkedVersion(found);
    checkStructs(found, version);
    NativeLog.redirect();
    try (Arena arena = Arena.ofConfined()) {
      RuntimeFunctions.ggml_backend_load_all_from_path(arena.allocateFrom(found.path().toString()));
    }
    List<ComputeDevice> devices = ComputeDevice.all();
    ComputeDevice processor =
        devices.stream()
            .filter(device -> device.type() == ComputeDevice.Type.CPU)
            .findFirst()
            .orElseThrow(
                () ->
                    unusable(
                        "llama.cpp in "
                            + found.path()
                            + " has nothing that can compute on this processor; its "
                            + platform.plugin("ggml-cpu")
                            + " is missing or of another kind of processor."));
    // Which library computes on the processor is ggml's choice, so only ggml finds its functions.
    Symbols.bind(linked.or(processor::function));
    RuntimeFunctions.llama_backend_init();
    LOGGER.log(
        Logger.Level.DEBUG,
        "loaded llama.cpp {0} from {1} in {2} ms",
        version,
        found.path(),
        Duration.ofNanos(System.nanoTime() - start).toMillis());
    return new LlamaLibrary(found.path(), version, devices);
  }

  private static SymbolLookup open(LibraryDirectory found) {
    // In the order of need: a library finds those it needs among the loaded ones, wherever they
    // are.
    SymbolLookup base = open(found.base());
    SymbolLookup ggml = open(found.ggml());
    SymbolLookup llama = open(found.llama());
    return llama.or(ggml).or(base);
  }

  @SuppressWarnings("restricted")
  private static SymbolLookup open(Path library) {
    if (!Files.isRegularFile(library)) {
      throw unusable("The library " + library + " is missing.");
    }
    try {
      return SymbolLookup.libraryLookup(library, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new BackendException(
          BackendException.Kind.UNUSABLE,
          "Cannot load "
              + library
              + ": "
              + whyNotLoadable(library).orElse(String.valueOf(e.getMessage()))
              + ".",
          e);
    }
  }

  /** The system's own words, which {@link SymbolLookup} does not pass on. */
  @SuppressWarnings({"restricted", "UnsafeLoad"})
  static Optional<String> whyNotLoadable(Path library) {
    try {
      System.load(library.toString());
      return Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.ofNullable(e.getMessage())
          .map(message -> message.replaceFirst("^(\\Q" + library + "\\E: )+", ""));
    }
  }

  private static String checkedVersion(LibraryDirectory found) {
    String version =
        Symbols.find("llama_version").isPresent()
            ? CString.at(RuntimeFunctions.llama_version()).orElse("without a version")
            : "of an older version";
    if (!isExpected(version)) {
      throw unusable(
          "llama.cpp in "
              + found.path()
              + " is "
              + version
              + ", and this program works with "
              + String.join(" and ", RELEASES)
              + " only. "
              + (found.bundle().isPresent()
                  ? "Install this program again."
                  : "Build the release v"
                      + RELEASES.getFirst()
                      + ", or unset TSUKU_LLM_LIBRARY_PATH to use the one that came with this"
                      + " program."));
    }
    return version;
  }

  static boolean isExpected(String version) {
    return RELEASES.stream()
        .anyMatch(
            release -> version.equals(release) || version.equals(release + DEVELOPMENT_SUFFIX));
  }

  private static void checkStructs(LibraryDirectory found, String version) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment model = RuntimeFunctions.llama_model_default_params(arena);
      MemorySegment context = RuntimeFunctions.llama_context_default_params(arena);
      MemorySegment threadPool = arena.allocate(Structs.THREAD_POOL_PARAMS.layout());
      ThreadPoolFunctions.ggml_threadpool_params_init(threadPool, 1);
      Structs.MODEL_PARAMS
          .firstDifference(model)
          .or(() -> Structs.CONTEXT_PARAMS.firstDifference(context))
          .or(() -> Structs.THREAD_POOL_PARAMS.firstDifference(threadPool))
          .ifPresent(
              difference -> {
                throw unusable(
                    "llama.cpp in "
                        + found.path()
                        + " calls itself "
                        + version
                        + " but is built from other sources (its default for "
                        + difference
                        + "). Build exactly the release v"
                        + RELEASES.getFirst()
                        + ".");
              });
    }
  }

  /** Everything that can compute, in order of preference; at least a processor. */
  List<ComputeDevice> devices() {
    return devices;
  }

  /** Where it was loaded from. */
  Path directory() {
    return directory;
  }

  /** What it calls itself. */
  String version() {
    return version;
  }

  private static BackendException unusable(String message) {
    return new BackendException(BackendException.Kind.UNUSABLE, message);
  }
}
