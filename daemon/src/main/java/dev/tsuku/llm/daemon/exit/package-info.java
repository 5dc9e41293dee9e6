/**
 * How the process ends, whatever happens.
 *
 * <p>{@link dev.tsuku.llm.daemon.exit.Watchdog} makes sure that it does. Statuses are in {@link
 * dev.tsuku.llm.daemon.exit.ExitStatus}. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.exit;

import org.jspecify.annotations.NullMarked;
