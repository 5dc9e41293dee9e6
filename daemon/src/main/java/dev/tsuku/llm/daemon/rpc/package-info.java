/**
 * The wire's edge: protobuf comes in and goes out here, and nowhere below.
 *
 * <p>{@link dev.tsuku.llm.daemon.rpc.InferenceRpc} answers the calls. A completion is a {@link
 * dev.tsuku.llm.daemon.rpc.CompletionCall}, which is the same whether it is streamed or not: {@link
 * dev.tsuku.llm.daemon.rpc.RequestReader} checks the request and makes it a value of the engine's,
 * and {@link dev.tsuku.llm.daemon.rpc.StatusMapper} alone turns failures into gRPC statuses. What
 * differs is the {@link dev.tsuku.llm.daemon.rpc.Reply}: {@link
 * dev.tsuku.llm.daemon.rpc.WholeReply} waits for the end; {@link
 * dev.tsuku.llm.daemon.rpc.StreamReply} tells each event as it comes, at the caller's pace, out of
 * an {@link dev.tsuku.llm.daemon.rpc.Outbox}.
 *
 * <p><b>Threads.</b> Every call has a virtual thread, which may wait. A stream waits on a second
 * one, because the first has to say when the caller is ready for more. Where the system has no
 * thread for a call, completions are refused and the other calls are answered on a reserve. Nothing
 * is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.rpc;

import org.jspecify.annotations.NullMarked;
