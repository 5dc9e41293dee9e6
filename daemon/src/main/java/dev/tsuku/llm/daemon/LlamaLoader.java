package dev.tsuku.llm.daemon;

import dev.tsuku.llm.daemon.cache.CacheFolder;
import dev.tsuku.llm.daemon.crash.AfterDeath;
import dev.tsuku.llm.daemon.crash.GraphicsFailure;
import dev.tsuku.llm.daemon.crash.LastRun;
import dev.tsuku.llm.daemon.crash.RunMarker;
import dev.tsuku.llm.daemon.prefixes.PrefixFolder;
import dev.tsuku.llm.daemon.schedule.ModelLoader;
import dev.tsuku.llm.daemon.settings.ChatTemplateFile;
import dev.tsuku.llm.daemon.settings.Settings;
import dev.tsuku.llm.daemon.tables.TablesFolder;
import dev.tsuku.llm.daemon.tables.TablesKey;
import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.EngineCaches;
import dev.tsuku.llm.engine.EngineSettings;
import dev.tsuku.llm.engine.Specialty;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ComputeThreads;
import dev.tsuku.llm.engine.backend.KvCacheType;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.engine.constraint.TablesStore;
import dev.tsuku.llm.engine.prompt.TemplateChoice;
import dev.tsuku.llm.llama.BackendKind;
import dev.tsuku.llm.llama.LlamaBackend;
import dev.tsuku.llm.llama.LlamaModel;
import dev.tsuku.llm.llama.LlamaSettings;
import dev.tsuku.llm.models.ContextChoice;
import dev.tsuku.llm.models.MachineMemory;
import dev.tsuku.llm.models.MachineProcessors;
import dev.tsuku.llm.models.ModelFile;
import dev.tsuku.llm.protocol.Version;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Loads models with llama.cpp: the only class of the daemon that knows it. Making one costs
 * nothing; the native libraries are loaded by the first call that needs them. Thread-safe, but for
 * loads, which come one after the other.
 */
final class LlamaLoader implements ModelLoader {

  /**
   * The system property with the directory of the libraries that came along; set by the launcher.
   */
  static final String LIBRARIES = "tsuku.llama";

  private static final Logger LOG = System.getLogger("dev.tsuku.llm.daemon");

  private static final long MEBIBYTE = 1L << 20;
  private static final long PID = ProcessHandle.current().pid();

  private final LlamaBackend backend;
  private final ContextChoice.Wish wish;
  private final EngineSettings engineSettings;
  private final Optional<ChatTemplateFile> chatTemplate;
  private final CacheFolder prefixes;
  private final CacheFolder tables;
  private final long prefixBytes;
  private final RunMarker marker;
  private final Path crashLog;
  private final Path libraries;
  private final Path graphicsFile;
  private final boolean choosesBackend;

  /** Why the processor computes although nobody asked for it. */
  private final Optional<GraphicsFailure> graphicsFailure;

  private boolean firstLoad = true;

  /** How the last daemon died, where that counts; known from the first load on. */
  private Optional<LastRun> lastRun = Optional.empty();

  /** Whether a request has been answered: what was before counts no more for the next load. */
  private volatile boolean hasAnswered;

  private volatile String note = "";

  /** Those in memory, by their files. */
  private final Map<Path, Loaded> loaded = new ConcurrentHashMap<>();

  /**
   * A model in memory.
   *
   * @param choice of its context
   * @param run for the marker, when it is the active one
   * @param note what the user should know of it
   */
  private record Loaded(ContextChoice.Chosen choice, RunMarker.Run run, String note) {}

  private volatile @Nullable String name;

  LlamaLoader(Settings settings) {
    this.marker = new RunMarker(settings.home().running());
    this.crashLog = settings.home().crashLog();
    this.prefixes = CacheFolder.ofPrefixes(settings.home());
    this.tables = CacheFolder.ofTables(settings.home());
    this.prefixBytes = settings.cacheMebibytes() * MEBIBYTE;
    this.engineSettings =
        EngineSettings.defaults()
            .withThreads(
                settings.threads().isPresent()
                    ? ComputeThreads.fixed(settings.threads().getAsInt())
                    : ComputeThreads.upTo(MachineProcessors.count()));
    this.chatTemplate = settings.chatTemplate();
    this.wish =
        new ContextChoice.Wish(
            settings.contextTokens(), settings.sequences(), settings.kvCacheType());
    Path bundled = Path.of(System.getProperty(LIBRARIES, "llama"));
    this.libraries = settings.library().orElse(bundled).toAbsolutePath();
    this.graphicsFile = settings.home().graphicsFailure();
    this.choosesBackend = settings.backend().isEmpty();
    this.graphicsFailure =
        choosesBackend ? GraphicsFailure.read(graphicsFile, libraries) : Optional.empty();
    this.backend =
        LlamaBackend.open(
            new LlamaSettings(
                bundled,
                settings.library(),
                settings
                    .backend()
                    .map(LlamaLoader::kindOf)
                    .or(() -> graphicsFailure.map(failed -> BackendKind.CPU))));
  }

  private static BackendKind kindOf(dev.tsuku.llm.daemon.settings.BackendKind kind) {
    return switch (kind) {
      case CUDA -> BackendKind.CUDA;
      case METAL -> BackendKind.METAL;
      case VULKAN -> BackendKind.VULKAN;
      case CPU -> BackendKind.CPU;
    };
  }

  private static KvCacheType typeOf(dev.tsuku.llm.models.KvCacheType type) {
    return switch (type) {
      case F16 -> KvCacheType.F16;
      case Q8_0 -> KvCacheType.Q8_0;
      case Q4_0 -> KvCacheType.Q4_0;
    };
  }

  /** What computes; asked once, because it does not change and every status tells it. */
  String backend() {
    String known = name;
    if (known == null) {
      LlamaBackend.onAbort(this::noteAbort);
      known = backend.name();
      name = known;
    }
    return known;
  }

  /** Free memory of the GPU in use, in bytes; 0 without one. */
  long availableVramBytes() {
    return usesGraphics() ? backend.availableVramBytes() : 0;
  }

  /** What the user should know of the model in memory, as a sentence; empty: nothing. */
  String note() {
    return note;
  }

  /**
   * Notes that no model is in memory any more. Called when the daemon ends, however it ends, after
   * the last load.
   */
  void close() {
    marker.remove(PID);
  }

  @Override
  public Engine load(ModelFile file, LoadMonitor monitor) {
    requireWanted(file, monitor, 0);
    if (firstLoad) {
      LlamaBackend.prepare();
    }
    Optional<LastRun> last = lastRun(file);
    // The one before has left the memory by now.
    marker.remove(PID);
    ContextChoice.Chosen choice = choose(file, last);
    boolean kernelTells = !usesGraphics();
    RunMarker.Run run = LastRun.begin(file.path(), choice.contextTokens(), last, PID, kernelTells);
    marker.write(run);
    try {
      Engine engine = open(file, monitor, choice);
      marker.loaded();
      loaded.put(file.path(), new Loaded(choice, run, note));
      return engine;
    } catch (RuntimeException | Error e) {
      marker.remove(PID);
      throw e;
    }
  }

  /**
   * Whether the same context would be chosen as without the others: a model that is asked for now
   * is not to have less room for one that may never be asked for again. The kernel counts their
   * mapped weights as memory that could be had.
   */
  @Override
  public boolean fitsBeside(ModelFile file, List<ModelFile> others) {
    long weights = 0;
    long rest = 0;
    for (ModelFile other : others) {
      Loaded one = loaded.get(other.path());
      if (one == null) {
        return false;
      }
      weights += one.choice().need().weights();
      rest += one.choice().need().total() - one.choice().need().weights();
    }
    MachineMemory memory = memory();
    boolean isMapped = !usesGraphics();
    MachineMemory beside = memory.less(isMapped ? weights : 0);
    MachineMemory alone = memory.less(isMapped ? -rest : -rest - weights);
    ContextChoice.Model model = ContextChoice.Model.of(file, engineSettings.microBatchTokens());
    return ContextChoice.of(model, wish, beside) instanceof ContextChoice.Chosen chosen
        && chosen.fits()
        && ContextChoice.of(model, wish, alone).equals(chosen);
  }

  @Override
  public void resumed(ModelFile file) {
    Loaded one = loaded.get(file.path());
    if (one != null) {
      marker.write(one.run());
      marker.loaded();
      note = one.note();
    }
  }

  @Override
  public void unloaded(ModelFile file) {
    loaded.remove(file.path());
  }

  @Override
  public void requestBegins() {
    marker.requestBegins();
  }

  @Override
  public void requestEnds() {
    marker.requestEnds();
  }

  @Override
  public void requestAnswered() {
    if (!hasAnswered && usesGraphics()) {
      GraphicsFailure.read(graphicsFile, libraries)
          .filter(failure -> failure.backend().equals(backend()))
          .ifPresent(failure -> GraphicsFailure.forget(graphicsFile));
    }
    hasAnswered = true;
    marker.requestAnswered();
  }

  private boolean usesGraphics() {
    return !backend().equals(BackendKind.CPU.lowerCase());
  }

  /**
   * llama.cpp is about to end the process. Where the next daemon may choose what computes, it will
   * not be this GPU; else, and where memory is short, less context is tried.
   */
  private void noteAbort(String cause) {
    LOG.log(Level.ERROR, "llama.cpp ends this process: {0}", cause);
    // Asking for it now could begin the same load again.
    String known = name;
    if (known != null && choosesBackend && GraphicsFailure.isOfGraphics(cause)) {
      GraphicsFailure.of(known, libraries, cause).write(graphicsFile);
      marker.remove(PID);
    }
  }

  /**
   * How the last daemon died with this model, if that is how it ended. Holds for every load of the
   * model by this one, whatever is loaded before, until it has answered a request.
   */
  private Optional<LastRun> lastRun(ModelFile file) {
    if (firstLoad) {
      lastRun = LastRun.find(marker, crashLog);
      firstLoad = false;
    }
    return hasAnswered
        ? Optional.empty()
        : lastRun.filter(last -> last.run().model().equals(file.path()));
  }

  private Engine open(ModelFile file, LoadMonitor monitor, ContextChoice.Chosen choice) {
    LlamaModel model = backend.load(file.path(), monitor);
    try {
      requireWanted(file, monitor, 1);
    } catch (BackendException e) {
      model.close();
      throw e;
    }
    TemplateChoice template =
        chatTemplate
            .map(chosen -> new TemplateChoice(chosen.name(), chosen.source()))
            .orElseGet(() -> TemplateChoice.ofModel(file.path().toString()));
    Engine engine =
        Engine.open(
            model,
            engineSettings
                .withContext(choice.contextTokens(), choice.sequences())
                .withKvCacheType(typeOf(choice.kvCacheType()))
                .withTemplate(template),
            new EngineCaches(
                stateForm -> PrefixFolder.open(prefixes, file.path(), prefixBytes, stateForm),
                tablesOf(file)));
    engine.problem().ifPresent(problem -> LOG.log(Level.WARNING, "{0}", problem));
    return engine;
  }

  /** Where nothing is to be kept of prompts, nothing is to be kept at all. */
  private TablesStore tablesOf(ModelFile file) {
    return prefixBytes == 0
        ? TablesStore.NONE
        : TablesFolder.open(
            tables,
            TablesFolder.LIMIT_BYTES,
            () -> TablesKey.of(file.header(), backend.version() + ' ' + Version.current()));
  }

  /** Looks at the memory as it is now, and at how it went the last time; says what follows. */
  private ContextChoice.Chosen choose(ModelFile file, Optional<LastRun> last) {
    MachineMemory memory = memory();
    ContextChoice.Chosen chosen = choose(file, wish, memory);
    note =
        Stream.of(
                Specialty.of(file.header()::string)
                    .map(
                        own ->
                            "The model '"
                                + file.name()
                                + "' "
                                + own.purpose()
                                + " and is for nothing else."),
                graphicsFailure.map(GraphicsFailure::sentence),
                backend.whyNoGraphics())
            .flatMap(Optional::stream)
            .collect(Collectors.joining(" "));
    if (last.isPresent()) {
      AfterDeath after = AfterDeath.of(last.get(), chosen.contextTokens(), isContextSet());
      note = (note + " " + after.sentence()).strip();
      LOG.log(Level.WARNING, "{0}", note);
      chosen =
          choose(
              file,
              new ContextChoice.Wish(
                  OptionalInt.of(after.contextTokens()),
                  OptionalInt.of(chosen.sequences()),
                  Optional.of(chosen.kvCacheType())),
              memory);
    }
    LOG.log(
        chosen.fits() ? Level.INFO : Level.WARNING,
        "model {0}: {1} of {2} available{3}",
        file.name(),
        chosen.summary(),
        MachineMemory.gibibytes(memory.freeBytes()),
        chosen.fits() ? "" : ", which is too little; trying, because a context was asked for");
    return chosen;
  }

  private boolean isContextSet() {
    return wish.contextTokens().isPresent();
  }

  private ContextChoice.Chosen choose(
      ModelFile file, ContextChoice.Wish wanted, MachineMemory memory) {
    ContextChoice.Model model = ContextChoice.Model.of(file, engineSettings.microBatchTokens());
    return switch (ContextChoice.of(model, wanted, memory)) {
      case ContextChoice.Chosen chosen -> chosen;
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
