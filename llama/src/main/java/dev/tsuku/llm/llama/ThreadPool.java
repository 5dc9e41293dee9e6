package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.BackendException;
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

  private final MemorySegment pool;

  private ThreadPool(MemorySegment pool) {
    this.pool = pool;
  }

  /**
   * Starts {@code threads} - 1 threads; the thread that decodes is the other one.
   *
   * @throws BackendException of kind {@code CONTEXT_FAILED} if they cannot be started
   */
  static ThreadPool open(int threads) {
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
      return new ThreadPool(pool);
    }
  }

  void attach(MemorySegment context) {
    ThreadPoolFunctions.llama_attach_threadpool(context, pool, pool);
  }

  @Override
  public void close() {
    ThreadPoolFunctions.ggml_threadpool_free(pool);
  }
}
