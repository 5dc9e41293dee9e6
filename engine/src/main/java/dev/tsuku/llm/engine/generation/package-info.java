/**
 * What the engine is asked, and what it tells: the words of its conversation with callers.
 *
 * <p>A {@link dev.tsuku.llm.engine.generation.GenerationRequest} goes in; {@link
 * dev.tsuku.llm.engine.generation.GenerationEvent}s come back to a {@link
 * dev.tsuku.llm.engine.generation.GenerationListener}, in order and on one thread, the last of them
 * {@code Finished} or {@code Failed}. A {@link dev.tsuku.llm.engine.generation.Generation} is the
 * caller's handle on what runs.
 *
 * <p>Values only; no threads of their own. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.engine.generation;

import org.jspecify.annotations.NullMarked;
