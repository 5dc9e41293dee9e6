package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ContextSettings;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.llama.abi.ContextFunctions;
import dev.tsuku.llm.llama.abi.MemoryFunctions;
import dev.tsuku.llm.llama.abi.RuntimeFunctions;
import dev.tsuku.llm.llama.abi.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The memory of token sequences: a {@code llama_context}. Owned by one thread, which makes every
 * call and closes it before its model. The sequences share one memory, so that copying one costs
 * nothing.
 */
public final class LlamaContext implements BackendContext {

  /** In what llama.cpp says where a state needs more cells than are free. */
  private static final String TOO_FEW_CELLS = "cells in kv cache";

  private static final int ALL = -1;
  private static final int MAX_SEQUENCES = 256;

  private final LlamaModel model;
  private final ContextSettings settings;
  private final AbortPoll abortPoll;
  private final ThreadPool threadPool;
  private final MemorySegment context;
  private final int batchTokens;
  private final NativeBatch nativeBatch;
  private final LogitsView logitsView;
  private boolean hasLogits;
  private boolean closed;

  private LlamaContext(
      LlamaModel model,
      ContextSettings settings,
      AbortPoll abortPoll,
      ThreadPool threadPool,
      MemorySegment context) {
    this.model = model;
    this.settings = settings;
    this.abortPoll = abortPoll;
    this.threadPool = threadPool;
    this.context = context;
    this.batchTokens = ContextFunctions.llama_n_batch(context);
    this.nativeBatch = new NativeBatch(batchTokens);
    this.logitsView = new LogitsView(model.vocabulary().size());
  }

  static LlamaContext open(LlamaModel model, ContextSettings settings) {
    if (settings.sequences() > MAX_SEQUENCES) {
      throw new BackendException(
          BackendException.Kind.CONTEXT_FAILED,
          "Cannot open a context for "
              + settings.sequences()
              + " sequences: llama.cpp has room for "
              + MAX_SEQUENCES
              + ".");
    }
    AbortPoll abortPoll = new AbortPoll();
    try {
      ThreadPool threadPool = ThreadPool.open(settings.threads());
      try {
        return open(model, settings, abortPoll, threadPool);
      } catch (RuntimeException | Error e) {
        threadPool.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      abortPoll.close();
      throw e;
    }
  }

  private static LlamaContext open(
      LlamaModel model, ContextSettings settings, AbortPoll abortPoll, ThreadPool threadPool) {
    MemorySegment context = init(model, settings, abortPoll);
    try {
      threadPool.attach(context);
      LlamaContext opened = new LlamaContext(model, settings, abortPoll, threadPool, context);
      OpenOwners.enter(opened);
      return opened;
    } catch (RuntimeException | Error e) {
      ContextFunctions.llama_free(context);
      throw e;
    }
  }

  private static MemorySegment init(LlamaModel model, ContextSettings settings, AbortPoll poll) {
    try (Arena arena = Arena.ofConfined();
        NativeLog.Listener log = NativeLog.listen()) {
      MemorySegment context =
          ContextFunctions.llama_init_from_model(model.handle(), params(settings, poll, arena));
      if (context.address() == 0) {
        throw new BackendException(
            BackendException.Kind.CONTEXT_FAILED,
            "Cannot open a context of "
                + settings.contextTokens()
                + " tokens for "
                + model
                + ": "
                + log.cause());
      }
      return context;
    }
  }

  private static MemorySegment params(ContextSettings settings, AbortPoll poll, Arena arena) {
    MemorySegment params = RuntimeFunctions.llama_context_default_params(arena);
    Structs.CONTEXT_PARAMS.set(params, "n_ctx", settings.contextTokens());
    Structs.CONTEXT_PARAMS.set(params, "n_batch", settings.batchTokens());
    Structs.CONTEXT_PARAMS.set(params, "n_ubatch", settings.microBatchTokens());
    Structs.CONTEXT_PARAMS.set(params, "n_seq_max", settings.sequences());
    Structs.CONTEXT_PARAMS.set(params, "n_threads", settings.threads());
    Structs.CONTEXT_PARAMS.set(params, "n_threads_batch", settings.threads());
    Structs.CONTEXT_PARAMS.set(params, "kv_unified", true);
    Structs.CONTEXT_PARAMS.set(params, "no_perf", true);
    Structs.CONTEXT_PARAMS.set(params, "abort_callback", poll.callback());
    return params;
  }

  @Override
  public int contextTokens() {
    return ContextFunctions.llama_n_ctx(handle());
  }

  @Override
  public int batchTokens() {
    return batchTokens;
  }

  @Override
  public boolean sharesPrefixes() {
    return model.sharesPrefixes();
  }

  @Override
  public boolean prefersMixedBatches() {
    return model.usesDevices();
  }

  @Override
  public boolean isSlowedByIdleCells() {
    return !model.usesDevices();
  }

  @Override
  public DecodeOutcome decode(TokenBatch batch, AbortSignal abort) {
    MemorySegment handle = handle();
    boolean wantsLogits = check(batch);
    hasLogits = false;
    try (NativeLog.Listener log = NativeLog.listen()) {
      abortPoll.begin(abort);
      int result = ContextFunctions.llama_decode(handle, nativeBatch.fill(batch));
      abortPoll.end();
      return switch (result) {
        case 0 -> {
          if (wantsLogits) {
            logitsView.decoded(handle);
            hasLogits = true;
          }
          yield DecodeOutcome.DONE;
        }
        case 1 -> DecodeOutcome.NO_ROOM;
        case 2 -> DecodeOutcome.ABORTED;
        default ->
            throw new BackendException(
                BackendException.Kind.DECODE_FAILED,
                "Computing "
                    + batch.size()
                    + " tokens with "
                    + model
                    + " failed ("
                    + result
                    + "): "
                    + log.cause());
      };
    }
  }

  /** Refuses what would end the process in C; tells whether any logits are wanted. */
  private boolean check(TokenBatch batch) {
    if (batch.size() < 1 || batch.size() > batchTokens) {
      throw new IllegalArgumentException(
          "a batch has 1 to " + batchTokens + " tokens, not " + batch.size());
    }
    boolean wantsLogits = false;
    for (int i = 0; i < batch.size(); i++) {
      checkSequence(batch.sequence(i));
      Objects.checkIndex(batch.position(i), BackendContext.END);
      Objects.checkIndex(batch.token(i), model.vocabulary().size());
      wantsLogits |= batch.wantsLogits(i);
    }
    return wantsLogits;
  }

  @Override
  public ByteBuffer logits(int index) {
    MemorySegment handle = handle();
    if (!hasLogits) {
      throw new IllegalStateException(this + " has no logits: the last decode gave none");
    }
    Objects.checkIndex(index, batchTokens);
    return logitsView.row(handle, index);
  }

  @Override
  public int lastPosition(int sequence) {
    return MemoryFunctions.llama_memory_seq_pos_max(memory(), checkSequence(sequence));
  }

  @Override
  public boolean remove(int sequence, int from, int to) {
    return MemoryFunctions.llama_memory_seq_rm(memory(), checkSequence(sequence), from, end(to));
  }

  @Override
  public void copy(int sequence, int target, int from, int to) {
    MemoryFunctions.llama_memory_seq_cp(
        memory(), checkSequence(sequence), checkSequence(target), from, end(to));
  }

  @Override
  public void keep(int sequence) {
    MemoryFunctions.llama_memory_seq_keep(memory(), checkSequence(sequence));
  }

  @Override
  public void shift(int sequence, int from, int to, int delta) {
    if (!MemoryFunctions.llama_memory_can_shift(memory())) {
      throw new UnsupportedOperationException("the memory of " + model + " cannot be shifted");
    }
    MemoryFunctions.llama_memory_seq_add(memory(), checkSequence(sequence), from, end(to), delta);
  }

  @Override
  public void clear() {
    MemoryFunctions.llama_memory_clear(memory(), false);
  }

  @Override
  public String stateForm() {
    // Keys and values are in llama.cpp's own default type; how values lie depends on the device.
    // Models with two sets of rotation factors choose by the room.
    return "llama.cpp "
        + LlamaLibrary.loadedVersion()
        + ", f16, "
        + model.devices()
        + ", "
        + contextTokens()
        + " tokens";
  }

  @Override
  public byte[] save(int sequence) {
    MemorySegment handle = handle();
    long size = MemoryFunctions.llama_state_seq_get_size(handle, checkSequence(sequence));
    if (size > Integer.MAX_VALUE - 8) {
      throw refused("it has " + size + " bytes, more than a Java array holds.");
    }
    try (Arena buffer = Arena.ofConfined();
        NativeLog.Listener log = NativeLog.listen()) {
      MemorySegment target = buffer.allocate(Math.max(size, 1));
      if (size == 0
          || MemoryFunctions.llama_state_seq_get_data(handle, target, size, sequence) != size) {
        throw refused(log.cause());
      }
      return target.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Override
  public void restore(int sequence, ByteBuffer state) {
    MemorySegment handle = handle();
    remove(sequence, 0, END);
    try (Arena buffer = Arena.ofConfined();
        NativeLog.Listener log = NativeLog.listen()) {
      MemorySegment given = MemorySegment.ofBuffer(state);
      MemorySegment source =
          given.isNative() ? given : buffer.allocate(given.byteSize()).copyFrom(given);
      long size = source.byteSize();
      long read = MemoryFunctions.llama_state_seq_set_data(handle, source, size, sequence);
      if (size == 0 || read != size) {
        remove(sequence, 0, END);
        throw refused(read == 0 ? log.cause() : "it goes on behind its end.");
      }
    }
  }

  private BackendException refused(String cause) {
    return new BackendException(
        cause.contains(TOO_FEW_CELLS)
            ? BackendException.Kind.NO_ROOM
            : BackendException.Kind.STATE_REFUSED,
        "The state of a sequence of " + model + " cannot be used: " + cause);
  }

  private int checkSequence(int sequence) {
    return Objects.checkIndex(sequence, settings.sequences());
  }

  private static int end(int to) {
    return to == END ? ALL : to;
  }

  private MemorySegment memory() {
    return ContextFunctions.llama_get_memory(handle());
  }

  private MemorySegment handle() {
    if (closed) {
      throw new IllegalStateException(this + " is closed");
    }
    return context;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (abortPoll;
        threadPool;
        nativeBatch;
        logitsView) {
      ContextFunctions.llama_free(context);
    } finally {
      model.contextClosed();
      OpenOwners.leave(this);
    }
  }

  @Override
  public String toString() {
    return "the context of " + model;
  }
}
