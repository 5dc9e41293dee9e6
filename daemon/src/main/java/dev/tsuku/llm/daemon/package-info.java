/**
 * The process: what starts, serves, drains and goes.
 *
 * <p>{@link dev.tsuku.llm.daemon.Daemon} is what the command calls. {@link
 * dev.tsuku.llm.daemon.DaemonRun} is one daemon's life in order, and its stop is the mirror of its
 * start. The packages below are its parts, in the order in which a shutdown passes through them:
 *
 * <ul>
 *   <li>{@link dev.tsuku.llm.daemon.settings}: what it was told
 *   <li>{@link dev.tsuku.llm.daemon.signal}: a signal is recorded
 *   <li>{@link dev.tsuku.llm.daemon.state}: the state machine
 *   <li>{@link dev.tsuku.llm.daemon.drain}: the gate shuts, what is in flight finishes
 *   <li>{@link dev.tsuku.llm.daemon.socket}: socket and lock
 *   <li>{@link dev.tsuku.llm.daemon.rpc}: the calls
 *   <li>{@link dev.tsuku.llm.daemon.schedule}: the model in memory
 *   <li>{@link dev.tsuku.llm.daemon.exit}: the process ends
 * </ul>
 *
 * <p><b>Threads.</b> The main thread runs the life of the daemon and nothing else does; see {@code
 * docs/architecture.md} for the others. Nothing is null unless marked so.
 */
@NullMarked
package dev.tsuku.llm.daemon;

import org.jspecify.annotations.NullMarked;
