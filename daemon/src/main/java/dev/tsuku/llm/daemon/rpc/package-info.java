/**
 * The wire's edge: protobuf comes in and goes out here, and nowhere below.
 *
 * <p>{@link dev.tsuku.llm.daemon.rpc.InferenceRpc} answers the calls. {@link
 * dev.tsuku.llm.daemon.rpc.RequestReader} checks a request and makes it a value of the engine's;
 * {@link dev.tsuku.llm.daemon.rpc.AnswerCollector} waits for the engine's events; {@link
 * dev.tsuku.llm.daemon.rpc.StatusMapper} alone turns failures into gRPC statuses.
 *
 * <p><b>Threads.</b> Every call has a virtual thread, which may wait. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.rpc;

import org.jspecify.annotations.NullMarked;
