package dev.tsuku.llm.grammar.match;

import java.util.function.BooleanSupplier;

/**
 * Limits the time that one piece of matching work may take: computing a token mask, or searching
 * for the shortest completion. Work asks {@link #allows} at each step and gives up, without a
 * result, once the answer is no. For one thread and one piece of work.
 */
public final class WorkBudget {

  /** So many steps are taken between two looks at the clock; a step takes about a microsecond. */
  private static final int STEPS_BETWEEN_LOOKS = 64;

  private final boolean isLimited;
  private final long deadline;
  private final BooleanSupplier mayGoOn;
  private int steps;
  private boolean exhausted;

  private WorkBudget(boolean isLimited, long deadline, BooleanSupplier mayGoOn) {
    this.isLimited = isLimited;
    this.deadline = deadline;
    this.mayGoOn = mayGoOn;
  }

  /** No limit. */
  public static WorkBudget unlimited() {
    return new WorkBudget(false, 0, WorkBudget::goesOn);
  }

  /** A limit in nanoseconds from now. */
  public static WorkBudget ofNanos(long nanos) {
    return ofNanos(nanos, WorkBudget::goesOn);
  }

  /**
   * A limit in nanoseconds from now.
   *
   * @param mayGoOn asked at each look at the clock; false ends the work like the limit itself. It
   *     may wait, for example to give way to somebody
   */
  public static WorkBudget ofNanos(long nanos, BooleanSupplier mayGoOn) {
    return new WorkBudget(true, System.nanoTime() + nanos, mayGoOn);
  }

  private static boolean goesOn() {
    return true;
  }

  /** Counts a step; false once the budget is exhausted. */
  public boolean allows() {
    if (isLimited && !exhausted && ++steps % STEPS_BETWEEN_LOOKS == 0) {
      exhausted = !mayGoOn.getAsBoolean() || System.nanoTime() - deadline >= 0;
    }
    return !exhausted;
  }

  /** Whether work was given up. */
  public boolean isExhausted() {
    return exhausted;
  }
}
