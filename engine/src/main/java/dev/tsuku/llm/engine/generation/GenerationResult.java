package dev.tsuku.llm.engine.generation;

import java.time.Duration;

/**
 * How a generation ended, and what it took.
 *
 * @param stopReason why there is no more text
 * @param inputTokens tokens of the prompt, cached or not
 * @param cachedTokens tokens of the prompt that did not have to be computed
 * @param outputTokens tokens generated, the one that ended the answer not counted
 * @param counts how those came about
 * @param queued from the submission to the start of the work
 * @param prefill from the start of the work to the first token
 * @param decode from the first token to the end, pauses included
 */
public record GenerationResult(
    StopReason stopReason,
    int inputTokens,
    int cachedTokens,
    int outputTokens,
    DecodeCounts counts,
    Duration queued,
    Duration prefill,
    Duration decode) {}
