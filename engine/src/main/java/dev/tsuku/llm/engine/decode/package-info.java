/**
 * The decode loop: from a rendered prompt to whole characters of an answer.
 *
 * <p>{@link dev.tsuku.llm.engine.decode.DecodeLoop} is the one thread that owns a model and its
 * context. It takes {@link dev.tsuku.llm.engine.decode.Ticket}s from its queue and runs each
 * through {@link dev.tsuku.llm.engine.decode.Slot}: {@link
 * dev.tsuku.llm.engine.decode.PromptTokenizer} makes tokens, of long texts in the parts that {@link
 * dev.tsuku.llm.engine.decode.TextCutter} cuts, the slot fills batches, {@link
 * dev.tsuku.llm.engine.decode.Greedy} picks from the logits, and {@link
 * dev.tsuku.llm.engine.decode.TextAssembler} holds bytes back until they are whole characters.
 *
 * <p><b>Threads.</b> Everything here but {@code Ticket}'s cancellation and the loop's queue belongs
 * to the decode thread. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.engine.decode;

import org.jspecify.annotations.NullMarked;
