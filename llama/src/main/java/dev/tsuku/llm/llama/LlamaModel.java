package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.BackendModel;
import dev.tsuku.llm.engine.backend.ContextSettings;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.llama.abi.CString;
import dev.tsuku.llm.llama.abi.ModelFunctions;
import dev.tsuku.llm.llama.abi.RuntimeFunctions;
import dev.tsuku.llm.llama.abi.Structs;
import dev.tsuku.llm.llama.abi.Upcalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Loaded weights: a {@code llama_model}. Owned by whoever opened it; closed after the contexts
 * opened from it. Its vocabulary may be used by several threads at once, everything else by one.
 */
public final class LlamaModel implements BackendModel {

  /** How much of a file is loaded. */
  enum Parts {
    ALL,
    VOCABULARY
  }

  /** Ways to reach beyond the trained context without a second set of factors. */
  private static final Set<String> ONE_SET_OF_FACTORS = Set.of("none", "linear", "yarn");

  private final Path file;
  private final Parts parts;
  private final MemorySegment model;
  private final LlamaVocabulary vocabulary;
  private final List<ComputeDevice> devices;
  private final AtomicInteger openContexts = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  private LlamaModel(Path file, Parts parts, List<ComputeDevice> devices, MemorySegment model) {
    this.file = file;
    this.parts = parts;
    this.devices = List.copyOf(devices);
    this.model = model;
    this.vocabulary = LlamaVocabulary.of(this);
  }

  static LlamaModel open(Path file, List<ComputeDevice> devices, Parts parts, LoadMonitor monitor) {
    MemorySegment model = load(file, devices, parts, monitor);
    try {
      LlamaModel opened = new LlamaModel(file, parts, devices, model);
      OpenOwners.enter(opened);
      return opened;
    } catch (RuntimeException | Error e) {
      ModelFunctions.llama_model_free(model);
      throw e;
    }
  }

  private static MemorySegment load(
      Path file, List<ComputeDevice> devices, Parts parts, LoadMonitor monitor) {
    LoadProgress progress = new LoadProgress(monitor);
    try (Arena arena = Arena.ofConfined();
        NativeLog.Listener log = NativeLog.listen()) {
      MemorySegment params = RuntimeFunctions.llama_model_default_params(arena);
      Structs.MODEL_PARAMS.set(params, "devices", nullTerminated(devices, arena));
      if (devices.isEmpty()) {
        Structs.MODEL_PARAMS.set(params, "n_gpu_layers", 0);
      }
      Structs.MODEL_PARAMS.set(params, "vocab_only", parts == Parts.VOCABULARY);
      Structs.MODEL_PARAMS.set(
          params, "progress_callback", Upcalls.progress(progress::report, arena));
      MemorySegment model =
          ModelFunctions.llama_model_load_from_file(
              arena.allocateFrom(file.toAbsolutePath().toString()), params);
      if (model.address() != 0) {
        return model;
      }
      progress.rethrow();
      if (progress.cancelled()) {
        throw new BackendException(
            BackendException.Kind.LOAD_CANCELLED, "Loading " + file + " was cancelled.");
      }
      throw new BackendException(
          BackendException.Kind.LOAD_FAILED,
          "Cannot load the model file " + file + ": " + log.cause());
    }
  }

  private static MemorySegment nullTerminated(List<ComputeDevice> devices, Arena arena) {
    MemorySegment list = arena.allocate(ValueLayout.ADDRESS, devices.size() + 1L);
    for (int i = 0; i < devices.size(); i++) {
      list.setAtIndex(ValueLayout.ADDRESS, i, MemorySegment.ofAddress(devices.get(i).address()));
    }
    return list;
  }

  @Override
  public LlamaVocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public int trainedContextTokens() {
    return ModelFunctions.llama_model_n_ctx_train(handle());
  }

  /** Whether its memory knows parts of sequences: not where a state stands for all of them. */
  boolean sharesPrefixes() {
    return !ModelFunctions.llama_model_is_recurrent(handle())
        && !ModelFunctions.llama_model_is_hybrid(handle());
  }

  /**
   * Whether the room of a sequence decides how its keys are rotated, so that what was computed with
   * one room is of no use with another: models with two sets of rotation factors.
   */
  boolean rotatesByRoom() {
    String scaling = metadata("general.architecture").orElse("") + ".rope.scaling.";
    return metadata(scaling + "original_context_length").isPresent()
        && metadata(scaling + "type").filter(ONE_SET_OF_FACTORS::contains).isEmpty();
  }

  /** Whether anything but the processor computes with it. */
  boolean usesDevices() {
    return !devices.isEmpty();
  }

  /** What computes with it beside the processor, as a text. */
  String devices() {
    return devices.stream().map(ComputeDevice::description).collect(Collectors.joining(", "));
  }

  @Override
  public Optional<String> chatTemplate() {
    return CString.at(ModelFunctions.llama_model_chat_template(handle(), MemorySegment.NULL));
  }

  @Override
  public String description() {
    return CString.written(
            (buffer, size) -> ModelFunctions.llama_model_desc(handle(), buffer, size))
        .orElse("");
  }

  @Override
  public long sizeBytes() {
    return ModelFunctions.llama_model_size(handle());
  }

  @Override
  public Optional<String> metadata(String key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(key);
      return CString.written(
          (buffer, size) -> ModelFunctions.llama_model_meta_val_str(handle(), name, buffer, size));
    }
  }

  @Override
  public LlamaContext open(ContextSettings settings) {
    if (parts == Parts.VOCABULARY) {
      throw new IllegalStateException(this + " is loaded without its weights");
    }
    LlamaContext context = LlamaContext.open(this, settings);
    openContexts.incrementAndGet();
    return context;
  }

  /** Told by a context that it is closed. */
  void contextClosed() {
    openContexts.decrementAndGet();
  }

  /** The pointer, for the classes of this package, while it is one. */
  MemorySegment handle() {
    if (closed.get()) {
      throw new IllegalStateException(this + " is closed");
    }
    return model;
  }

  @Override
  public void close() {
    int open = openContexts.get();
    if (open > 0) {
      throw new IllegalStateException(
          this + " cannot be closed: " + open + " of its contexts are open");
    }
    if (closed.compareAndSet(false, true)) {
      ModelFunctions.llama_model_free(model);
      OpenOwners.leave(this);
    }
  }

  @Override
  public String toString() {
    return "the model " + file;
  }
}
