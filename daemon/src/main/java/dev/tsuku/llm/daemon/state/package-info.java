/**
 * Where the daemon is in its life, and why it ends.
 *
 * <p>{@link dev.tsuku.llm.daemon.state.Lifecycle} holds both and lets the main thread wait for a
 * {@link dev.tsuku.llm.daemon.state.StopRequest}. Knows nothing of sockets, models or requests.
 * Thread-safe. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.state;

import org.jspecify.annotations.NullMarked;
