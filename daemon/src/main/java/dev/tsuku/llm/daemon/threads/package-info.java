/**
 * Threads, and what is done where the system refuses one: a limit of processes, threads or address
 * space is reached, mostly for a moment.
 *
 * <p>{@link dev.tsuku.llm.daemon.threads.CallThreads} runs the calls, {@link
 * dev.tsuku.llm.daemon.threads.Background} what can be done without, and {@link
 * dev.tsuku.llm.daemon.threads.ThreadLack} says which limit it was. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.threads;

import org.jspecify.annotations.NullMarked;
