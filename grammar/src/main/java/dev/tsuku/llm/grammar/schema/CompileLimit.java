package dev.tsuku.llm.grammar.schema;

import java.time.Duration;

/**
 * Limits the time for compiling one schema; an interrupt of the compiling thread ends it, too. The
 * number of states and combinations is limited beside it, so memory is.
 */
public final class CompileLimit {

  /** No limit on time. */
  public static final CompileLimit NONE = new CompileLimit(Duration.ZERO, 0);

  private final Duration most;
  private final long deadline;

  private CompileLimit(Duration most, long deadline) {
    this.most = most;
    this.deadline = deadline;
  }

  /** A limit that begins to count now. */
  public static CompileLimit of(Duration most) {
    return new CompileLimit(most, System.nanoTime() + most.toNanos());
  }

  boolean allows() {
    return most.isZero()
        || (System.nanoTime() - deadline < 0 && !Thread.currentThread().isInterrupted());
  }

  /** Why it was ended, as the end of a sentence. */
  String reason() {
    return Thread.currentThread().isInterrupted()
        ? "its request was cancelled"
        : "the limit is " + most.toSeconds() + " s";
  }
}
