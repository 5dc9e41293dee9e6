package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.ComputeThreads;

/**
 * Chooses how many threads compute the next step, by what the last ones took.
 *
 * <p>Threads that compute wait for each other by spinning, about a thousand times a step. If one of
 * them has to share its core with another program, all others spin until it gets its turn: a step
 * of 8 ms takes up to 3 s. Such steps use less processor time than threads times duration. Then a
 * lower number is tried, and kept if its steps are quicker; from a reduced number, a higher one is
 * tried now and then. So that neither the first such step nor a try is waited for, a step that
 * takes many times what it should is given up and begun anew with fewer threads.
 *
 * <p>Not thread-safe.
 */
final class ThreadGovernor {

  /** Judged together: the kernel counts the processor time of a running thread by ticks. */
  private static final long WINDOW_NANOS = 50_000_000;

  /** With so much less than the processor time that they could have, threads were kept waiting. */
  private static final double MOST_LOST_SHARE = 0.15;

  /** The same in cores: with many threads, one that waits is a small share and holds all others. */
  private static final double MOST_LOST_CORES = 0.6;

  /** Where the threads there are do not get their time, there is none for more. */
  private static final double LEAST_SHARE_FOR_MORE = 0.9;

  /** What makes up for rounding where another program takes a part of one core. */
  private static final double ROUNDING = 0.25;

  /** How much quicker a step must be: fewer threads are worth it only where much is gained. */
  private static final double GAIN_OF_FEWER = 0.9;

  private static final double GAIN_OF_MORE = 0.97;

  /** Between two tries; doubled after each that gained nothing. */
  private static final long FIRST_PAUSE_NANOS = 100_000_000;

  private static final long LONGEST_PAUSE_OF_FEWER_NANOS = 2_000_000_000L;
  private static final long LONGEST_PAUSE_OF_MORE_NANOS = 4_000_000_000L;

  /** A step that takes so many times what the last ones took is not waited for. */
  private static final double MOST_TIMES_USUAL = 6;

  private static final long LEAST_LIMIT_NANOS = 50_000_000;

  /** The same for a step with more threads: it is meant to be quicker. */
  private static final double MOST_TIMES_BEFORE = 2.5;

  private static final long LEAST_LIMIT_OF_MORE_NANOS = 10_000_000;

  /** Windows whose steps differ more in size are not compared. */
  private static final double MOST_OTHER_SIZE = 1.25;

  /**
   * What steps took.
   *
   * @param nanos of a step, or of a token where steps are large
   * @param size tokens of a step
   */
  private record Measure(double nanos, double size) {

    /**
     * What a step of so many tokens may take. More tokens take up to as much longer; fewer may take
     * as long, since a small step is mostly the reading of weights.
     */
    double of(int tokens) {
      return nanos * Math.max(1, tokens / size);
    }

    boolean isGain(Measure before, double gain) {
      return nanos < before.nanos * gain
          && Math.max(size / before.size, before.size / size) <= MOST_OTHER_SIZE;
    }
  }

  private static final Measure UNKNOWN = new Measure(0, 1);

  private final int most;
  private final boolean adapts;
  private final boolean areSmall;

  /** What is known to be good; {@link #trial} differs from it during a try. */
  private int count;

  private int trial;

  /** Before the try. */
  private Measure before = UNKNOWN;

  /** With {@link #count} threads. */
  private Measure usual = UNKNOWN;

  /** How many more to try next. */
  private int reach;

  private final Pause fewer = new Pause(LONGEST_PAUSE_OF_FEWER_NANOS);
  private final Pause more = new Pause(LONGEST_PAUSE_OF_MORE_NANOS);

  private int steps;
  private long tokens;
  private long wallNanos;
  private long cpuNanos;

  /**
   * For steps of one kind.
   *
   * @param areSmall whether steps have a few tokens each: then it is steps that take about the same
   *     time, and what the next one takes can be told from the last ones; where they are large it
   *     is tokens
   */
  ThreadGovernor(ComputeThreads threads, boolean areSmall) {
    this.most = threads.most();
    this.areSmall = areSmall;
    this.adapts = threads.adapts() && threads.most() > 1;
    this.count = most;
    this.trial = most;
    this.reach = most;
  }

  /** How many threads shall compute the next step. */
  int threads() {
    return trial;
  }

  /** Whether {@link #computed} is of any use. */
  boolean adapts() {
    return adapts;
  }

  /**
   * Notes a step.
   *
   * @param now of {@code System.nanoTime}, after it
   * @param stepTokens how many were computed
   * @param stepWallNanos how long it took
   * @param stepCpuNanos the processor time of this process meanwhile
   */
  void computed(long now, int stepTokens, long stepWallNanos, long stepCpuNanos) {
    if (!adapts) {
      return;
    }
    steps++;
    tokens += stepTokens;
    wallNanos += stepWallNanos;
    cpuNanos += stepCpuNanos;
    if (wallNanos >= WINDOW_NANOS) {
      Measure measure = measure(wallNanos, steps, tokens);
      double share = (double) cpuNanos / wallNanos / trial;
      forget();
      judge(now, measure, share);
    }
  }

  private Measure measure(long nanos, int ofSteps, long ofTokens) {
    return areSmall
        ? new Measure((double) nanos / ofSteps, (double) ofTokens / ofSteps)
        : new Measure((double) nanos / ofTokens, 1);
  }

  /**
   * How long the next step should take at most; {@code Long.MAX_VALUE} for no limit. If it takes
   * longer, it is to be given up, {@link #exceeded} called, and the step begun anew.
   */
  long limitNanos(long now, int stepTokens) {
    if (trial > count) {
      return Math.max(
          LEAST_LIMIT_OF_MORE_NANOS, (long) (MOST_TIMES_BEFORE * before.of(stepTokens)));
    }
    return areSmall && trial == count && count > 1 && usual.nanos > 0 && fewer.isOver(now)
        ? Math.max(LEAST_LIMIT_NANOS, (long) (MOST_TIMES_USUAL * usual.of(stepTokens)))
        : Long.MAX_VALUE;
  }

  /** Notes a step that was given up. What it took is the least that it would have taken. */
  void exceeded(long now, int stepTokens, long stepWallNanos, long stepCpuNanos) {
    forget();
    double share = (double) stepCpuNanos / stepWallNanos / trial;
    if (trial > count) {
      endMore(now, false, UNKNOWN);
    } else {
      tryFewer(measure(stepWallNanos, 1, stepTokens), Math.min(share, leastShare()));
    }
  }

  private void forget() {
    steps = 0;
    tokens = 0;
    wallNanos = 0;
    cpuNanos = 0;
  }

  private void judge(long now, Measure measure, double share) {
    if (trial < count) {
      boolean gained = measure.isGain(before, GAIN_OF_FEWER);
      if (gained) {
        settle(now, measure);
      }
      fewer.end(now, gained);
      trial = count;
    } else if (trial > count) {
      endMore(now, measure.isGain(before, GAIN_OF_MORE), measure);
    } else {
      usual = measure;
      if (count > 1 && share < leastShare() && fewer.isOver(now)) {
        tryFewer(measure, share);
      } else if (count < most && share > LEAST_SHARE_FOR_MORE && more.isOver(now)) {
        before = measure;
        trial = Math.min(most, count + reach);
      }
    }
  }

  private void tryFewer(Measure measure, double share) {
    before = measure;
    trial = Math.clamp((int) (count * share + ROUNDING), 1, count - 1);
  }

  private void endMore(long now, boolean gained, Measure measure) {
    if (gained) {
      settle(now, measure);
      reach = most;
    } else {
      reach = Math.max(1, reach / 2);
    }
    more.end(now, gained);
    trial = count;
  }

  /** Goes on with what was tried. */
  private void settle(long now, Measure measure) {
    count = trial;
    usual = measure;
    more.end(now, true);
  }

  private double leastShare() {
    return 1 - Math.min(MOST_LOST_SHARE, MOST_LOST_CORES / count);
  }

  /** The time between two tries. */
  private static final class Pause {

    private final long longest;
    private long nanos = FIRST_PAUSE_NANOS;
    private long end;
    private boolean begun;

    Pause(long longest) {
      this.longest = longest;
    }

    boolean isOver(long now) {
      return !begun || now - end >= 0;
    }

    /** Begins it, after a try that gained something or nothing. */
    void end(long now, boolean gained) {
      // A try long after the last one says nothing about how often tries are in vain.
      boolean again = begun && now - end < longest;
      nanos = gained || !again ? FIRST_PAUSE_NANOS : Math.min(longest, 2 * nanos);
      begun = true;
      end = now + nanos;
    }
  }
}
