package dev.tsuku.llm.engine;

import dev.tsuku.llm.engine.backend.ComputeThreads;
import dev.tsuku.llm.engine.backend.KvCacheType;
import dev.tsuku.llm.engine.prompt.TemplateChoice;

/**
 * How an engine is set up. Sizes in tokens.
 *
 * @param maxContextTokens room for all requests together, and most for one, its answer included; a
 *     model trained for less gets less
 * @param batchTokens most tokens handed to the backend at once
 * @param microBatchTokens most tokens computed in one step
 * @param promptTokensBesideAnswers most tokens of prompts that an answer under way waits for; fewer
 *     where they take longer than half a second for each prompt that is read
 * @param sequences most requests at work at once
 * @param threads how many threads of the processor compute
 * @param kvCacheType how keys and values are stored
 * @param draftTokens most draft tokens of an answer that are checked in one step; 0: none
 * @param template which chat template writes the prompts of requests that bring none
 */
public record EngineSettings(
    int maxContextTokens,
    int batchTokens,
    int microBatchTokens,
    int promptTokensBesideAnswers,
    int sequences,
    ComputeThreads threads,
    KvCacheType kvCacheType,
    int draftTokens,
    TemplateChoice template) {

  /**
   * With the template in the model's file, a fixed number of threads, and 16-bit keys and values.
   */
  public EngineSettings(
      int maxContextTokens,
      int batchTokens,
      int microBatchTokens,
      int promptTokensBesideAnswers,
      int sequences,
      int threads,
      int draftTokens) {
    this(
        maxContextTokens,
        batchTokens,
        microBatchTokens,
        promptTokensBesideAnswers,
        sequences,
        ComputeThreads.fixed(threads),
        KvCacheType.F16,
        draftTokens,
        TemplateChoice.ofModel("the model"));
  }

  /**
   * What fits most machines.
   *
   * <p>A batch is one micro-batch, so that a cancelled request stops after at most one step even
   * where the backend does not poll for it.
   */
  public static EngineSettings defaults() {
    return new EngineSettings(
            32_768, 512, 512, 512, 8, Runtime.getRuntime().availableProcessors(), 16)
        .withThreads(ComputeThreads.upTo(Runtime.getRuntime().availableProcessors()));
  }

  /** The same, but for the number of threads. */
  public EngineSettings withThreads(ComputeThreads count) {
    return new EngineSettings(
        maxContextTokens,
        batchTokens,
        microBatchTokens,
        promptTokensBesideAnswers,
        sequences,
        count,
        kvCacheType,
        draftTokens,
        template);
  }

  /** The same, but for the room, and for how many requests share it. */
  public EngineSettings withContext(int tokens, int requests) {
    return new EngineSettings(
        tokens,
        batchTokens,
        microBatchTokens,
        promptTokensBesideAnswers,
        requests,
        threads,
        kvCacheType,
        draftTokens,
        template);
  }

  /** The same, but for how keys and values are stored. */
  public EngineSettings withKvCacheType(KvCacheType type) {
    return new EngineSettings(
        maxContextTokens,
        batchTokens,
        microBatchTokens,
        promptTokensBesideAnswers,
        sequences,
        threads,
        type,
        draftTokens,
        template);
  }

  /** The same, but for the chat template. */
  public EngineSettings withTemplate(TemplateChoice choice) {
    return new EngineSettings(
        maxContextTokens,
        batchTokens,
        microBatchTokens,
        promptTokensBesideAnswers,
        sequences,
        threads,
        kvCacheType,
        draftTokens,
        choice);
  }
}
