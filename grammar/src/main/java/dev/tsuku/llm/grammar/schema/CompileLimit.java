package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.budget.CpuDeadline;
import java.time.Duration;

/**
 * Limits the processor time for compiling one schema; an interrupt of the compiling thread ends it,
 * too. The number of states and combinations is limited beside it, so memory is.
 */
public final class CompileLimit {

  /** No limit on time. */
  public static final CompileLimit NONE = new CompileLimit(Duration.ZERO);

  private final Duration most;
  private final CpuDeadline deadline;

  private CompileLimit(Duration most) {
    this.most = most;
    this.deadline = CpuDeadline.in(most.toNanos());
  }

  /** A limit that begins to count now. */
  public static CompileLimit of(Duration most) {
    return new CompileLimit(most);
  }

  boolean allows() {
    return most.isZero() || (!deadline.isPast() && !Thread.currentThread().isInterrupted());
  }

  /** Why it was ended, as the end of a sentence. */
  String reason() {
    return Thread.currentThread().isInterrupted()
        ? "its request was cancelled"
        : "the limit is " + most.toSeconds() + " s";
  }
}
