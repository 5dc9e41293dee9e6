/**
 * Who is in, who may still come in, and how the last ones leave.
 *
 * <p>{@link dev.tsuku.llm.daemon.drain.Gate} admits requests and counts them; each holds a {@link
 * dev.tsuku.llm.daemon.drain.Pass} with its {@link dev.tsuku.llm.daemon.drain.Cancellation}. {@link
 * dev.tsuku.llm.daemon.drain.Drain} empties the gate within a budget. Thread-safe. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.drain;

import org.jspecify.annotations.NullMarked;
