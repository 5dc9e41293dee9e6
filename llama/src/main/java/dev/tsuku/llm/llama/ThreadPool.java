package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ComputeThreads;
import dev.tsuku.llm.llama.abi.ContextFunctions;
import dev.tsuku.llm.llama.abi.ProcessClock;
import dev.tsuku.llm.llama.abi.Structs;
import dev.tsuku.llm.llama.abi.ThreadPoolFunctions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The threads of ggml that a context computes with: a {@code ggml_threadpool}. Without one, a
 * llama.cpp that was built without OpenMP, as the packaged one is, starts and ends its threads for
 * every token. Owned by its context and closed after it.
 */
final class ThreadPool implements AutoCloseable {

  /**
   * How long a thread without work looks for some before it sleeps, in ggml's unit of 131,072
   * looks, a few milliseconds: longer than the pause between two tokens, and short enough that a
   * daemon without work takes no processor time. (ggml's default of 50 would burn a core for a
   * fifth of a second after every answer.)
   */
  private static final int POLL = 1;

  /**
   * Longer steps are judged by themselves: threads wait for each other the less, the more there is
   * to compute between two barriers.
   */
  private static final int FEW_TOKENS = 16;

  /** A step that begins so soon after the last one is measured from its end. */
  private static final long AT_ITS_HEELS_NANOS = 2_000_000;

  private final MemorySegment pool;
  private final ThreadGovernor fewTokens;
  private final ThreadGovernor manyTokens;
  private final int most;
  private int inUse;
  private long begunNanos;
  private long begunCpuNanos;

  /** When the last step ended, and the processor time until then. */
  private long endedNanos;

  private long endedCpuNanos;
  private boolean hasEnded;

  private ThreadPool(MemorySegment pool, ComputeThreads threads) {
    this.pool = pool;
    this.most = threads.most();
    this.inUse = most;
    this.fewTokens = new ThreadGovernor(threads, true);
    this.manyTokens = new ThreadGovernor(threads, false);
  }

  /**
   * Starts all threads but one; the thread that decodes is that one.
   *
   * @throws BackendException of kind {@code CONTEXT_FAILED} if they cannot be started
   */
  static ThreadPool open(ComputeThreads wanted) {
    int threads = wanted.most();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = arena.allocate(Structs.THREAD_POOL_PARAMS.layout());
      ThreadPoolFunctions.ggml_threadpool_params_init(params, threads);
      Structs.THREAD_POOL_PARAMS.set(params, "poll", POLL);
      MemorySegment pool = ThreadPoolFunctions.ggml_threadpool_new(params);
      if (pool.address() == 0) {
        throw new BackendException(
            BackendException.Kind.CONTEXT_FAILED,
            "Cannot start " + threads + " threads for computing.");
      }
      boolean adapts = wanted.adapts() && ProcessClock.isKnown();
      return new ThreadPool(pool, new ComputeThreads(threads, adapts));
    }
  }

  /** A context that was just opened computes with all of them. */
  void attach(MemorySegment context) {
    inUse = most;
    ThreadPoolFunctions.llama_attach_threadpool(context, pool, pool);
  }

  /** How many threads compute the next step of one token. */
  int threads() {
    return fewTokens.threads();
  }

  /**
   * Sets how many threads compute the step that comes.
   *
   * @return how long it should take at most, in nanoseconds
   */
  long begin(MemorySegment context, int tokens) {
    ThreadGovernor governor = governor(tokens);
    int threads = governor.threads();
    if (threads != inUse) {
      ContextFunctions.llama_set_n_threads(context, threads, threads);
      inUse = threads;
    }
    if (governor.adapts()) {
      begin();
      return governor.limitNanos(begunNanos, tokens);
    }
    return Long.MAX_VALUE;
  }

  /** Of a step at the heels of the last one, the clock is not asked twice. */
  private void begin() {
    long now = System.nanoTime();
    boolean follows = hasEnded && now - endedNanos < AT_ITS_HEELS_NANOS;
    begunNanos = follows ? endedNanos : now;
    begunCpuNanos = follows ? endedCpuNanos : ProcessClock.nanos();
    hasEnded = false;
  }

  /** Notes that the step has been computed. */
  void computed(int tokens) {
    ThreadGovernor governor = governor(tokens);
    if (governor.adapts()) {
      endedNanos = System.nanoTime();
      endedCpuNanos = ProcessClock.nanos();
      hasEnded = true;
      governor.computed(endedNanos, tokens, endedNanos - begunNanos, endedCpuNanos - begunCpuNanos);
    }
  }

  /** Notes that the step took longer than it should, and was given up. */
  void exceeded(int tokens) {
    long now = System.nanoTime();
    governor(tokens).exceeded(now, tokens, now - begunNanos, ProcessClock.nanos() - begunCpuNanos);
  }

  private ThreadGovernor governor(int tokens) {
    return tokens < FEW_TOKENS ? fewTokens : manyTokens;
  }

  @Override
  public void close() {
    ThreadPoolFunctions.ggml_threadpool_free(pool);
  }
}
