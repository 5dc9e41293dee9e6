/**
 * How a Java program asks the daemon: connect to it or start it, wait for it, and ask again when it
 * went away.
 *
 * <p>The main type is {@link dev.tsuku.llm.client.TsukuClient}. It sends a {@link
 * dev.tsuku.llm.client.Prompt}, a conversation of {@link dev.tsuku.llm.client.Message}s, and
 * returns a {@link dev.tsuku.llm.client.Completion}; a {@link
 * dev.tsuku.llm.client.CompletionListener} may watch it come about, {@link
 * dev.tsuku.llm.client.CompletionEvent} by event. What runs, it tells as a {@link
 * dev.tsuku.llm.client.DaemonStatus}. How a daemon is started is a {@link
 * dev.tsuku.llm.client.DaemonLauncher}.
 *
 * <p>Underneath, {@code CurrentConnection} has the connection in use and makes the next one. {@code
 * DaemonSocket} tells by connecting whether anybody listens, {@code LockHolder} which process is
 * there although it does not, {@code Ownership} whose it all is, {@code DaemonStart} starts a
 * process and waits for it, {@code Connection} is one gRPC channel to one daemon, and {@code Wire}
 * turns our records into messages and back. No type of gRPC or protobuf is part of the public API.
 *
 * <p><b>Threads.</b> A client may be shared; every method may be called from any thread and blocks.
 * Interrupting a caller cancels its call; closing the client cancels all of them.
 *
 * <p><b>Failures</b> are {@link dev.tsuku.llm.client.ClientException}s whose message is a sentence
 * for people, the daemon's own where it has spoken.
 *
 * <p>Nothing is null here unless marked so.
 */
@NullMarked
package dev.tsuku.llm.client;

import org.jspecify.annotations.NullMarked;
