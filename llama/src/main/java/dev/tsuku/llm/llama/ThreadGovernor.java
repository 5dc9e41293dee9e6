package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.ComputeThreads;

/**
 * Chooses how many threads compute the next step, by what the last ones took.
 *
 * <p>Threads that compute wait for each other by spinning, about a thousand times a step. If one of
 * them has to share its core with another program, all others spin until it gets its turn: two
 * threads on two busy cores decode 30 times slower than one. Such a step is told by its processor
 * time, which is less than threads times duration. Then a lower number is tried, and kept if its
 * steps are quicker; from a reduced number, a higher one is tried now and then.
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

  /** What makes up for rounding where another program takes a part of one core. */
  private static final double ROUNDING = 0.25;

  /** How much quicker a step must be: fewer threads are worth it only where much is gained. */
  private static final double GAIN_OF_FEWER = 0.9;

  private static final double GAIN_OF_MORE = 0.97;

  /** Between two tries; doubled after each that gained nothing. */
  private static final long FIRST_PAUSE_NANOS = 100_000_000;

  private static final long LONGEST_PAUSE_OF_FEWER_NANOS = 2_000_000_000L;
  private static final long LONGEST_PAUSE_OF_MORE_NANOS = 4_000_000_000L;

  private final int most;
  private final boolean adapts;

  /** What is known to be good; {@link #trial} differs from it during a try. */
  private int count;

  private int trial;

  /** Nanoseconds a token before the try. */
  private double before;

  /** How many more to try next. */
  private int reach;

  private final Pause fewer = new Pause(LONGEST_PAUSE_OF_FEWER_NANOS);
  private final Pause more = new Pause(LONGEST_PAUSE_OF_MORE_NANOS);

  private long tokens;
  private long wallNanos;
  private long cpuNanos;

  ThreadGovernor(ComputeThreads threads) {
    this.most = threads.most();
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
    tokens += stepTokens;
    wallNanos += stepWallNanos;
    cpuNanos += stepCpuNanos;
    if (wallNanos >= WINDOW_NANOS) {
      double perToken = (double) wallNanos / tokens;
      double share = (double) cpuNanos / wallNanos / trial;
      tokens = 0;
      wallNanos = 0;
      cpuNanos = 0;
      judge(now, perToken, share);
    }
  }

  private void judge(long now, double perToken, double share) {
    if (trial < count) {
      if (perToken < before * GAIN_OF_FEWER) {
        count = trial;
        fewer.gained(now);
        more.gained(now);
      } else {
        fewer.lost(now);
      }
      trial = count;
    } else if (trial > count) {
      if (perToken < before * GAIN_OF_MORE) {
        count = trial;
        more.gained(now);
        reach = most;
      } else {
        more.lost(now);
        reach = Math.max(1, reach / 2);
      }
      trial = count;
    } else if (count > 1 && share < leastShare() && fewer.isOver(now)) {
      before = perToken;
      trial = Math.clamp((int) (count * share + ROUNDING), 1, count - 1);
    } else if (count < most && more.isOver(now)) {
      before = perToken;
      trial = Math.min(most, count + reach);
    }
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

    void gained(long now) {
      nanos = FIRST_PAUSE_NANOS;
      begin(now);
    }

    void lost(long now) {
      // A try long after the last one says nothing about how often tries are in vain.
      nanos = begun && now - end < longest ? Math.min(longest, 2 * nanos) : 2 * FIRST_PAUSE_NANOS;
      begin(now);
    }

    private void begin(long now) {
      begun = true;
      end = now + nanos;
    }
  }
}
