/**
 * The decode loop: many requests, one context, one batch after the other.
 *
 * <p>{@link dev.tsuku.llm.engine.decode.DecodeLoop} is the one thread that owns a model and its
 * context. What it does next is decided by {@link dev.tsuku.llm.engine.decode.Scheduler}, which has
 * neither thread nor lock: it admits a waiting {@link dev.tsuku.llm.engine.decode.Ticket} as a
 * {@link dev.tsuku.llm.engine.decode.Sequence}, has {@link dev.tsuku.llm.engine.decode.BatchFiller}
 * choose tokens for the next step, has the backend compute them, and picks the next token of each
 * answer ({@link dev.tsuku.llm.engine.sampling.Sampler}). {@link
 * dev.tsuku.llm.engine.decode.KvCache} knows what the context holds, for whom, and lets each
 * request begin with what others have computed already.
 *
 * <p><b>Threads.</b> Everything here belongs to the decode thread, but for the loop's inbox, a
 * ticket's cancelling, pausing and resuming, and what {@link dev.tsuku.llm.engine.decode.Workers}
 * do: a {@link dev.tsuku.llm.engine.decode.Preparation} and a {@link
 * dev.tsuku.llm.engine.decode.PendingChoice} are where they hand it over. Nothing is null unless
 * marked so.
 */
@NullMarked
package dev.tsuku.llm.engine.decode;

import org.jspecify.annotations.NullMarked;
