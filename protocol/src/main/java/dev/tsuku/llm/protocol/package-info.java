/**
 * What the daemon and its clients agree on: the wire, the reasons of refusals, and where things
 * are.
 *
 * <p>The wire itself is {@code tsuku/llm/v1/llm.proto}, compiled into {@code
 * dev.tsuku.llm.protocol.v1}. {@link dev.tsuku.llm.protocol.Reason} is the machine-readable half of
 * an error: it travels beside the gRPC status in a trailer. {@link dev.tsuku.llm.protocol.Home}
 * says where the socket, the lock and the models are. {@link dev.tsuku.llm.protocol.GoDuration}
 * reads durations as clients write them. {@link dev.tsuku.llm.protocol.ProcessState} tells whether
 * the process that a file names still runs.
 *
 * <p>Everything here is immutable and thread-safe. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.protocol;

import org.jspecify.annotations.NullMarked;
