package dev.tsuku.llm.daemon;

import dev.tsuku.llm.daemon.schedule.ModelLoader;
import dev.tsuku.llm.daemon.settings.Settings;
import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.EngineSettings;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.llama.BackendKind;
import dev.tsuku.llm.llama.LlamaBackend;
import dev.tsuku.llm.llama.LlamaModel;
import dev.tsuku.llm.llama.LlamaSettings;
import dev.tsuku.llm.models.ContextChoice;
import dev.tsuku.llm.models.MachineMemory;
import dev.tsuku.llm.models.ModelFile;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Loads models with llama.cpp: the only class of the daemon that knows it. Making one costs
 * nothing; the native libraries are loaded by the first call that needs them. Thread-safe.
 */
final class LlamaLoader implements ModelLoader {

  /**
   * The system property with the directory of the libraries that came along; set by the launcher.
   */
  static final String LIBRARIES = "tsuku.llama";

  private static final Logger LOG = System.getLogger("dev.tsuku.llm.daemon");

  private final LlamaBackend backend;
  private final ContextChoice.Wish wish;
  private final EngineSettings engineSettings;
  private volatile @Nullable String name;

  LlamaLoader(Settings settings) {
    this.engineSettings =
        settings.threads().isPresent()
            ? EngineSettings.defaults().withThreads(settings.threads().getAsInt())
            : EngineSettings.defaults();
    this.wish = new ContextChoice.Wish(settings.contextTokens(), settings.sequences());
    Path bundled = Path.of(System.getProperty(LIBRARIES, "llama"));
    this.backend =
        LlamaBackend.open(
            new LlamaSettings(
                bundled, settings.library(), settings.backend().map(LlamaLoader::kindOf)));
  }

  private static BackendKind kindOf(dev.tsuku.llm.daemon.settings.BackendKind kind) {
    return switch (kind) {
      case CUDA -> BackendKind.CUDA;
      case METAL -> BackendKind.METAL;
      case VULKAN -> BackendKind.VULKAN;
      case CPU -> BackendKind.CPU;
    };
  }

  /** What computes; asked once, because it does not change and every status tells it. */
  String backend() {
    String known = name;
    if (known == null) {
      known = backend.name();
      name = known;
    }
    return known;
  }

  /** Free memory of the GPU in use, in bytes; 0 without one. */
  long availableVramBytes() {
    return backend().equals(BackendKind.CPU.lowerCase()) ? 0 : backend.availableVramBytes();
  }

  @Override
  public Engine load(ModelFile file, LoadMonitor monitor) {
    requireWanted(file, monitor, 0);
    ContextChoice.Chosen choice = choose(file);
    LlamaModel model = backend.load(file.path(), monitor);
    try {
      requireWanted(file, monitor, 1);
    } catch (BackendException e) {
      model.close();
      throw e;
    }
    return Engine.open(
        model, engineSettings.withContext(choice.contextTokens(), choice.sequences()));
  }

  /** Looks at the memory as it is now, and says what that leads to. */
  private ContextChoice.Chosen choose(ModelFile file) {
    MachineMemory memory = memory();
    ContextChoice.Model model =
        ContextChoice.Model.of(file, engineSettings.microBatchTokens(), Engine.KEPT_SEQUENCES);
    return switch (ContextChoice.of(model, wish, memory)) {
      case ContextChoice.Chosen chosen -> {
        LOG.log(
            chosen.fits() ? Level.INFO : Level.WARNING,
            "model {0}: {1} of {2} available{3}",
            file.name(),
            chosen.summary(),
            MachineMemory.gibibytes(memory.freeBytes()),
            chosen.fits() ? "" : ", which is too little; trying, because a context was asked for");
        yield chosen;
      }
      case ContextChoice.Refused refused ->
          throw new BackendException(BackendException.Kind.CONTEXT_FAILED, refused.sentence());
    };
  }

  /** A card that does not tell its memory is taken for a part of this machine. */
  private MachineMemory memory() {
    long graphics = availableVramBytes();
    return graphics > 0 ? MachineMemory.ofGraphics(graphics) : MachineMemory.ofThisMachine();
  }

  /** llama.cpp asks only while it reads tensors; what comes before and after takes long as well. */
  private static void requireWanted(ModelFile file, LoadMonitor monitor, float done) {
    if (!monitor.onProgress(done)) {
      throw new BackendException(
          BackendException.Kind.LOAD_CANCELLED, "Loading " + file.path() + " was cancelled.");
    }
  }

  /**
   * Whether llama.cpp is in the process. Its destructors, and those of drivers for graphics, are
   * then not to be run at the exit.
   */
  static boolean isNativeCodeLoaded() {
    return LlamaBackend.isLibraryLoaded();
  }
}
