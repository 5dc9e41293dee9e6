/**
 * Signals become requests for a stop. {@link dev.tsuku.llm.daemon.signal.StopSignals} is all there
 * is: its handlers record and return. Nothing is null.
 */
@NullMarked
package dev.tsuku.llm.daemon.signal;

import org.jspecify.annotations.NullMarked;
