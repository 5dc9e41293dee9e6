/**
 * How the next token is chosen from what the model computed, and where an answer ends.
 *
 * <p>{@link dev.tsuku.llm.engine.sampling.Sampler} follows a request's {@link
 * dev.tsuku.llm.engine.generation.Sampling}; without one, {@link
 * dev.tsuku.llm.engine.sampling.Greedy} takes the likeliest token, which is what extraction wants.
 * {@link dev.tsuku.llm.engine.sampling.StopStrings} ends an answer at a text instead of a token.
 *
 * <p><b>Threads.</b> Everything here belongs to the decode thread. Nothing is null unless marked
 * so.
 */
@NullMarked
package dev.tsuku.llm.engine.sampling;

import org.jspecify.annotations.NullMarked;
