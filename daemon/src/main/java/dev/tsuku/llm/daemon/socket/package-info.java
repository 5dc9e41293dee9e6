/**
 * The files that make a daemon findable and single: the lock and the socket, and the server that
 * listens there.
 *
 * <p>{@link dev.tsuku.llm.daemon.socket.InstanceLock} is held for life; with it held, {@link
 * dev.tsuku.llm.daemon.socket.SocketServer} may replace whatever lies at the socket's path. {@link
 * dev.tsuku.llm.daemon.socket.Posix} is the one class outside the llama module that calls native
 * code, because Java has no {@code flock(2)} and no {@code _exit(2)}.
 *
 * <p><b>Threads.</b> Locks and servers are opened and closed by the main thread. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.socket;

import org.jspecify.annotations.NullMarked;
