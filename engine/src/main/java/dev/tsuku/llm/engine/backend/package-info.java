/**
 * What the engine needs from whatever computes logits: the seam between plain Java and native code.
 *
 * <p>The main type is {@link dev.tsuku.llm.engine.backend.Backend}, one for a process. It loads a
 * {@link dev.tsuku.llm.engine.backend.BackendModel}, which knows its {@link
 * dev.tsuku.llm.engine.backend.Vocabulary} and opens {@link
 * dev.tsuku.llm.engine.backend.BackendContext}s: the memory of token sequences, where a {@link
 * dev.tsuku.llm.engine.backend.TokenBatch} goes in and logits come out.
 *
 * <p><b>Threads.</b> A backend may be asked from any thread. A model is loaded by one thread and
 * then owned by the decode thread that is given it: that thread alone calls its contexts from then
 * on, and closes them and then the model, after its workers have ended. Workers call the vocabulary
 * at the same time, to tokenize prompts and to make token tables; and other threads raise the abort
 * signal that a context polls.
 *
 * <p><b>Failures</b> are {@link dev.tsuku.llm.engine.backend.BackendException}s. Use after close
 * fails with an {@link java.lang.IllegalStateException} that names the object.
 *
 * <p>Nothing is null here unless marked so.
 */
@NullMarked
package dev.tsuku.llm.engine.backend;

import org.jspecify.annotations.NullMarked;
