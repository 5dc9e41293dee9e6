package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.budget.CpuDeadline;
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
  private final BooleanSupplier mayGoOn;
  private int steps;
  private boolean exhausted;

  private WorkBudget(boolean isLimited, BooleanSupplier mayGoOn) {
    this.isLimited = isLimited;
    this.mayGoOn = mayGoOn;
  }

  /** No limit. */
  public static WorkBudget unlimited() {
    return new WorkBudget(false, WorkBudget::goesOn);
  }

  /** A limit in nanoseconds from now, for work that somebody waits for. */
  public static WorkBudget ofNanos(long nanos) {
    long deadline = System.nanoTime() + nanos;
    return new WorkBudget(true, () -> System.nanoTime() - deadline < 0);
  }

  /** A limit in nanoseconds of processor time, which does not depend on what else runs. */
  public static WorkBudget ofCpuNanos(long nanos) {
    return ofCpuNanos(nanos, WorkBudget::goesOn);
  }

  /**
   * The same.
   *
   * @param mayGoOn asked at each look at the clock; false ends the work like the limit itself. It
   *     may wait, for example to give way to somebody
   */
  public static WorkBudget ofCpuNanos(long nanos, BooleanSupplier mayGoOn) {
    CpuDeadline deadline = CpuDeadline.in(nanos);
    return new WorkBudget(true, () -> mayGoOn.getAsBoolean() && !deadline.isPast());
  }

  private static boolean goesOn() {
    return true;
  }

  /** Counts a step; false once the budget is exhausted. */
  public boolean allows() {
    if (isLimited && !exhausted && ++steps % STEPS_BETWEEN_LOOKS == 0) {
      exhausted = !mayGoOn.getAsBoolean();
    }
    return !exhausted;
  }

  /** Whether work was given up. */
  public boolean isExhausted() {
    return exhausted;
  }
}
