package dev.tsuku.llm.engine.backend;

/**
 * What a context is opened with. The backend may round {@code contextTokens} up; ask the context.
 *
 * @param contextTokens room for the tokens of all sequences together
 * @param batchTokens most tokens in one {@link TokenBatch}
 * @param microBatchTokens most tokens computed in one step inside the backend; an abort is noticed
 *     between steps at the latest
 * @param sequences how many sequences there may be, numbered from 0
 * @param threads how many threads compute
 */
public record ContextSettings(
    int contextTokens, int batchTokens, int microBatchTokens, int sequences, int threads) {

  public ContextSettings {
    if (contextTokens < 1
        || batchTokens < 1
        || microBatchTokens < 1
        || sequences < 1
        || threads < 1) {
      throw new IllegalArgumentException("every size must be at least 1");
    }
  }
}
