package dev.tsuku.llm.engine;

/**
 * How an engine is set up. Sizes in tokens.
 *
 * @param maxContextTokens most room for a prompt and its answer; a model trained for less gets less
 * @param batchTokens most tokens handed to the backend at once
 * @param microBatchTokens most tokens computed in one step
 * @param threads how many threads compute
 */
public record EngineSettings(
    int maxContextTokens, int batchTokens, int microBatchTokens, int threads) {

  /**
   * What fits most machines.
   *
   * <p>A batch is one micro-batch, so that a cancelled request stops after at most one step even
   * where the backend does not poll for it.
   */
  public static EngineSettings defaults() {
    return new EngineSettings(32_768, 512, 512, Runtime.getRuntime().availableProcessors());
  }

  /** The same, but for the number of threads. */
  public EngineSettings withThreads(int count) {
    return new EngineSettings(maxContextTokens, batchTokens, microBatchTokens, count);
  }
}
