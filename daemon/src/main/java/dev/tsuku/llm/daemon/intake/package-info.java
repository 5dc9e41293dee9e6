/**
 * The bytes of requests before they are requests: how long a message will be, whether there is
 * memory for it, and whether it arrives in time.
 *
 * <p>{@link dev.tsuku.llm.daemon.intake.Receptions} creates one {@link
 * dev.tsuku.llm.daemon.intake.Reception} for each call. {@link
 * dev.tsuku.llm.daemon.intake.FrameWatch} reads the length of a message from its first bytes,
 * before gRPC buffers any of it, and reserves {@link dev.tsuku.llm.daemon.intake.RequestMemory} for
 * all of it. What does not fit becomes a {@link dev.tsuku.llm.daemon.intake.Refusal}, which {@code
 * daemon.rpc} sends to the caller. A reservation lasts until the call has ended and nobody works on
 * its request any more, however long it waits in a queue.
 *
 * <p>{@code FrameWatch} belongs to the event loop; the other classes are thread-safe. Nothing is
 * null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.daemon.intake;

import org.jspecify.annotations.NullMarked;
