package dev.tsuku.llm.engine.backend;

/**
 * What a context is opened with. The backend may round the room up; ask the context.
 *
 * @param shape how many sequences there may be, and how long
 * @param batchTokens most tokens in one {@link TokenBatch}
 * @param microBatchTokens most tokens computed in one step inside the backend; an abort is noticed
 *     between steps at the latest
 * @param threads how many threads of the processor compute
 * @param kvCacheType of keys and values
 */
public record ContextSettings(
    ContextShape shape,
    int batchTokens,
    int microBatchTokens,
    ComputeThreads threads,
    KvCacheType kvCacheType) {

  public ContextSettings {
    if (batchTokens < 1 || microBatchTokens < 1) {
      throw new IllegalArgumentException("every size must be at least 1");
    }
  }

  /** With a fixed number of threads and 16-bit keys and values. */
  public ContextSettings(ContextShape shape, int batchTokens, int microBatchTokens, int threads) {
    this(shape, batchTokens, microBatchTokens, ComputeThreads.fixed(threads), KvCacheType.F16);
  }
}
