/**
 * Which model is in memory, and for whom: the way from "a request names a model" to "here is its
 * engine".
 *
 * <p>{@link dev.tsuku.llm.daemon.schedule.ModelHost} holds at most one model at a time. A request
 * gets a {@link dev.tsuku.llm.daemon.schedule.Lease} on it, in fair order, after whatever loading
 * that takes; the model is not let go while a lease is open. What loading means is told from
 * outside by a {@link dev.tsuku.llm.daemon.schedule.ModelLoader}.
 *
 * <p><b>Threads.</b> Callers are virtual threads that wait; each load runs on a platform thread of
 * its own, because it is one long native call. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.schedule;

import org.jspecify.annotations.NullMarked;
