package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ComputeThreads;
import dev.tsuku.llm.engine.backend.ContextSettings;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.KvCacheType;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.llama.abi.ContextFunctions;
import dev.tsuku.llm.llama.abi.MemoryFunctions;
import dev.tsuku.llm.llama.abi.RuntimeFunctions;
import dev.tsuku.llm.llama.abi.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.Objects;

/**
 * The memory of token sequences: a {@code llama_context}. Owned by one thread, which makes every
 * call and closes it before its model. Each sequence has a stream of its own in the KV cache, so
 * that what it is computed with, and how, depends on nobody else.
 */
public final class LlamaContext implements BackendContext {

  /** Larger states are not worth the memory that they take beside the cache itself. */
  private static final long MOST_STATE_BYTES = 1L << 30;

  /**
   * On a processor, flash attention of 64 tokens and more is computed in tiles. With little before
   * them that is slower than token by token: 194 tokens/s and not 266 for a prompt of 100 tokens of
   * a 135M, while at 4096 it is 152 and not 60. And token by token, sums are the same however a
   * prompt is cut.
   */
  private static final int UNTILED = 63;

  /** From here on tiles pay. */
  private static final int TILED_FROM = 4 * UNTILED;

  /** What a decode returns that has not even begun. */
  private static final int REFUSED = -1;

  private static final int ABORTED = 2;

  private static final int ALL = -1;
  private static final int MAX_SEQUENCES = 256;

  private final LlamaModel model;
  private final ContextSettings settings;
  private final AbortPoll abortPoll;
  private final ThreadPool threadPool;
  private final int batchTokens;
  private final boolean rotatesByRoom;
  private final NativeBatch nativeBatch;
  private final LogitsView logitsView;
  private MemorySegment context;
  private ContextShape shape;

  /** The rank of each token of the last batch among those whose logits there are; -1 for none. */
  private final int[] logitsRows;

  private int logitsCount;
  private boolean closed;

  /** Sequences whose streams the next decode copies, from or to, before it computes. */
  private final BitSet copiedNext = new BitSet();

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
    this.shape = shape(context, settings.shape());
    this.rotatesByRoom = model.rotatesByRoom();
    this.batchTokens = ContextFunctions.llama_n_batch(context);
    this.nativeBatch = new NativeBatch(batchTokens);
    this.logitsRows = new int[batchTokens];
    this.logitsView = new LogitsView(model.vocabulary().size());
  }

  static LlamaContext open(LlamaModel model, ContextSettings settings) {
    int sequences = settings.shape().sequences();
    if (sequences > MAX_SEQUENCES) {
      throw new BackendException(
          BackendException.Kind.CONTEXT_FAILED,
          "Cannot open a context for "
              + sequences
              + " sequences: llama.cpp has room for "
              + MAX_SEQUENCES
              + ".");
    }
    AbortPoll abortPoll = new AbortPoll();
    try {
      ThreadPool threadPool = ThreadPool.open(adaptable(settings.threads(), model));
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

  /**
   * Where a GPU computes, idle threads of the processor say nothing. And a step that takes too long
   * can be begun anew only where the end of a sequence can be removed.
   */
  private static ComputeThreads adaptable(ComputeThreads threads, LlamaModel model) {
    return model.usesDevices() || !model.sharesPrefixes()
        ? ComputeThreads.fixed(threads.most())
        : threads;
  }

  private static LlamaContext open(
      LlamaModel model, ContextSettings settings, AbortPoll abortPoll, ThreadPool threadPool) {
    MemorySegment context = init(model, settings, settings.shape(), abortPoll);
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

  /** The room may have been rounded up. */
  private static ContextShape shape(MemorySegment context, ContextShape asked) {
    return new ContextShape(
        asked.sequences(), ContextFunctions.llama_n_ctx(context) / asked.sequences());
  }

  private static MemorySegment init(
      LlamaModel model, ContextSettings settings, ContextShape shape, AbortPoll poll) {
    try (Arena arena = Arena.ofConfined();
        NativeLog.Listener log = NativeLog.listen()) {
      MemorySegment context =
          ContextFunctions.llama_init_from_model(
              model.handle(), params(settings, shape, poll, arena));
      if (context.address() == 0) {
        throw new BackendException(
            BackendException.Kind.CONTEXT_FAILED,
            "Cannot open a context of "
                + shape.tokens()
                + " tokens for each of "
                + shape.sequences()
                + " requests with "
                + model
                + ": "
                + log.cause());
      }
      return context;
    }
  }

  private static MemorySegment params(
      ContextSettings settings, ContextShape shape, AbortPoll poll, Arena arena) {
    MemorySegment params = RuntimeFunctions.llama_context_default_params(arena);
    Structs.CONTEXT_PARAMS.set(params, "n_ctx", Math.toIntExact(shape.cells()));
    Structs.CONTEXT_PARAMS.set(params, "n_batch", settings.batchTokens());
    Structs.CONTEXT_PARAMS.set(params, "n_ubatch", settings.microBatchTokens());
    Structs.CONTEXT_PARAMS.set(params, "n_seq_max", shape.sequences());
    Structs.CONTEXT_PARAMS.set(params, "n_threads", settings.threads().most());
    Structs.CONTEXT_PARAMS.set(params, "n_threads_batch", settings.threads().most());
    int type = ggmlType(settings.kvCacheType());
    Structs.CONTEXT_PARAMS.set(params, "type_k", type);
    Structs.CONTEXT_PARAMS.set(params, "type_v", type);
    Structs.CONTEXT_PARAMS.set(params, "kv_unified", false);
    Structs.CONTEXT_PARAMS.set(params, "no_perf", true);
    Structs.CONTEXT_PARAMS.set(params, "abort_callback", poll.callback());
    return params;
  }

  /** The number in ggml's {@code ggml_type}. */
  private static int ggmlType(KvCacheType type) {
    return switch (type) {
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q8_0 -> 8;
    };
  }

  @Override
  public ContextShape shape() {
    return shape;
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
  public int stepTokens(int position) {
    return model.usesDevices() || position >= TILED_FROM
        ? batchTokens
        : Math.min(batchTokens, Math.min(UNTILED, TILED_FROM - position));
  }

  @Override
  public int computeThreads() {
    return threadPool.threads();
  }

  @Override
  public DecodeOutcome decode(TokenBatch batch, AbortSignal abort) {
    MemorySegment handle = handle();
    check(batch);
    logitsCount = 0;
    try (NativeLog.Listener log = NativeLog.listen()) {
      int result = compute(handle, batch, abort);
      if (result != REFUSED) {
        copiedNext.clear();
      }
      return switch (result) {
        case 0 -> {
          rankLogits(handle, batch);
          yield DecodeOutcome.DONE;
        }
        case 1 -> DecodeOutcome.NO_ROOM;
        case ABORTED -> DecodeOutcome.ABORTED;
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

  /** A step that takes far longer than it should is begun anew with fewer threads. */
  private int compute(MemorySegment handle, TokenBatch batch, AbortSignal abort) {
    MemorySegment tokens = nativeBatch.fill(batch);
    while (true) {
      abortPoll.begin(abort, threadPool.begin(handle, batch.size()));
      int result = ContextFunctions.llama_decode(handle, tokens);
      abortPoll.end();
      if (result == 0) {
        threadPool.computed(batch.size());
      }
      if (result != ABORTED || !abortPoll.isLate()) {
        return result;
      }
      copiedNext.clear();
      for (int i = 0; i < batch.size(); i++) {
        remove(batch.sequence(i), batch.position(i), END);
      }
      threadPool.exceeded(batch.size());
    }
  }

  /** Refuses what would end the process in C. */
  private void check(TokenBatch batch) {
    if (batch.size() < 1 || batch.size() > batchTokens) {
      throw new IllegalArgumentException(
          "a batch has 1 to " + batchTokens + " tokens, not " + batch.size());
    }
    for (int i = 0; i < batch.size(); i++) {
      checkSequence(batch.sequence(i));
      Objects.checkIndex(batch.position(i), BackendContext.END);
      Objects.checkIndex(batch.token(i), model.vocabulary().size());
    }
  }

  private void rankLogits(MemorySegment handle, TokenBatch batch) {
    int first = -1;
    for (int i = 0; i < batch.size(); i++) {
      boolean isWanted = batch.wantsLogits(i);
      if (isWanted && logitsCount == 0) {
        first = i;
      }
      logitsRows[i] = isWanted ? logitsCount++ : -1;
    }
    Arrays.fill(logitsRows, batch.size(), batchTokens, -1);
    if (first >= 0) {
      logitsView.decoded(handle, first);
    }
  }

  @Override
  public ByteBuffer logits(int index) {
    handle();
    if (logitsCount == 0) {
      throw new IllegalStateException(this + " has no logits: the last decode gave none");
    }
    int row = logitsRows[Objects.checkIndex(index, batchTokens)];
    if (row < 0) {
      throw new IllegalStateException("no logits were asked for behind token " + index);
    }
    return logitsView.row(row);
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
  public boolean copyStart(int sequence, int target, int tokens) {
    checkSequence(sequence);
    checkSequence(target);
    int length = lastPosition(sequence) + 1;
    Objects.checkIndex(tokens, length + 1);
    if (sequence == target) {
      throw new IllegalArgumentException("a sequence cannot be copied to itself");
    }
    if (!sharesPrefixes()) {
      remove(target, 0, END);
      return false;
    }
    // Copying a stream moves all of its cells, used or not; a state has only those used, but twice.
    if ((length + tokens) * 2L >= shape.tokens() || !copyState(sequence, target, tokens)) {
      remove(target, 0, END);
      MemoryFunctions.llama_memory_seq_cp(memory(), sequence, target, 0, ALL);
      remove(target, tokens, END);
      copiedNext.set(sequence);
      copiedNext.set(target);
    }
    return true;
  }

  private boolean copyState(int sequence, int target, int tokens) {
    try (SavedSequence state = state(sequence);
        JoinedSequence start = build(target, tokens)) {
      start.add(state.form(), tokens);
      start.finish();
      return true;
    } catch (BackendException | OutOfMemoryError e) {
      return false;
    }
  }

  @Override
  public boolean movesStates() {
    return !rotatesByRoom;
  }

  @Override
  public String stateForm() {
    // How values lie depends on the device.
    return "llama.cpp "
        + LlamaLibrary.loadedVersion()
        + ", "
        + settings.kvCacheType().name().toLowerCase(Locale.ROOT)
        + ", streams, "
        + model.devices();
  }

  @Override
  public SavedSequence state(int sequence) {
    MemorySegment handle = handle();
    long size = MemoryFunctions.llama_state_seq_get_size(handle, checkSequence(sequence));
    requireMovable();
    requireCopied(sequence);
    if (size > MOST_STATE_BYTES) {
      throw refused("it has " + size + " bytes, more than are worth keeping.");
    }
    SavedSequence state = new SavedSequence(Math.max(size, 1));
    try (NativeLog.Listener log = NativeLog.listen()) {
      MemorySegment target = state.segment();
      if (size == 0
          || MemoryFunctions.llama_state_seq_get_data(handle, target, size, sequence) != size) {
        throw refused(log.cause());
      }
      if (!state.read()) {
        throw refused("its parts cannot be told apart.");
      }
      return state;
    } catch (RuntimeException | Error e) {
      state.close();
      throw e;
    }
  }

  @Override
  public JoinedSequence build(int sequence, int tokens) {
    checkSequence(sequence);
    return new JoinedSequence(this, sequence, tokens);
  }

  /** Replaces a sequence by a state. */
  void load(int sequence, ByteBuffer bytes) {
    MemorySegment handle = handle();
    MemorySegment state = MemorySegment.ofBuffer(bytes);
    requireMovable();
    requireCopied(sequence);
    remove(sequence, 0, END);
    try (NativeLog.Listener log = NativeLog.listen()) {
      long size = state.byteSize();
      long read = MemoryFunctions.llama_state_seq_set_data(handle, state, size, sequence);
      if (read != size) {
        remove(sequence, 0, END);
        throw refused(read == 0 ? log.cause() : "it goes on behind its end.");
      }
    }
  }

  private void requireMovable() {
    if (rotatesByRoom) {
      throw refused("how its keys are rotated depends on the room of its sequence.");
    }
  }

  /** A copy of a stream is made by the next decode, and until then neither side may change. */
  private void requireCopied(int sequence) {
    if (copiedNext.get(sequence)) {
      throw new BackendException(
          BackendException.Kind.STATE_PENDING,
          "A sequence of " + model + " is still to be copied.");
    }
  }

  @Override
  public long stateBytes(int sequence) {
    return MemoryFunctions.llama_state_seq_get_size(handle(), checkSequence(sequence));
  }

  BackendException refused(String cause) {
    return new BackendException(
        BackendException.Kind.STATE_REFUSED,
        "The state of a sequence of " + model + " cannot be used: " + cause);
  }

  @Override
  public void reshape(ContextShape wanted) {
    ContextShape before = shape;
    MemorySegment old = handle();
    // The memory for both at once may not be there.
    context = MemorySegment.NULL;
    logitsCount = 0;
    logitsView.forget();
    copiedNext.clear();
    ContextFunctions.llama_free(old);
    try {
      reopen(wanted);
    } catch (BackendException e) {
      try {
        reopen(before);
      } catch (BackendException second) {
        // There is no context any more, and so nothing to go on with.
        throw new IllegalStateException(second.getMessage(), e);
      }
      throw e;
    }
  }

  private void reopen(ContextShape wanted) {
    context = init(model, settings, wanted, abortPoll);
    threadPool.attach(context);
    shape = shape(context, wanted);
  }

  private int checkSequence(int sequence) {
    return Objects.checkIndex(sequence, shape.sequences());
  }

  private static int end(int to) {
    return to == END ? ALL : to;
  }

  private MemorySegment memory() {
    return ContextFunctions.llama_get_memory(handle());
  }

  private MemorySegment handle() {
    if (closed || context.address() == 0) {
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
      if (context.address() != 0) {
        ContextFunctions.llama_free(context);
      }
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
