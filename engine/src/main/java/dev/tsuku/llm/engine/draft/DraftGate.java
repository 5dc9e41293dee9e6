package dev.tsuku.llm.engine.draft;

/**
 * What steps of so many tokens cost, measured as they are computed, and how many draft tokens are
 * worth a place in the next one. One for each context; belongs to the decode thread.
 *
 * <p>Each batch size has a mean of its own, because the cost is no straight line: on a processor
 * the second token may cost most of a step, the tenth a third. Sizes that were not measured, or too
 * long ago, are taken from the line between their neighbours. The length is the one of which most
 * tokens a second can be expected.
 */
public final class DraftGate {

  /** The largest batch whose cost is noted. */
  private static final int MOST_TOKENS = 64;

  /** Weight of the newest step in a mean. */
  private static final double NEWEST = 0.1;

  /**
   * A step that takes so many times what was expected was disturbed, by another program or by the
   * first use of a batch size, and counts for no more than this.
   */
  private static final double MOST_DEVIATION = 2;

  /** So many steps later a measurement is forgotten, because the context has grown. */
  private static final long MEMORY_STEPS = 500;

  /** Cost of a token more as a fraction of a step with one, until it has been measured. */
  private static final double UNMEASURED = 0.3;

  /** Draft tokens are taken as this much dearer than measured, so that a draw is no draft. */
  private static final double MARGIN = 1.05;

  /** Mean cost in nanoseconds by tokens in the step; 0 where it was not measured. */
  private final double[] nanos = new double[MOST_TOKENS + 1];

  private final long[] measured = new long[MOST_TOKENS + 1];
  private long steps;

  /** A gate that has measured nothing yet. */
  public DraftGate() {}

  /**
   * Notes what a step for one answer cost.
   *
   * @param count tokens in it, at least 1, none of them of a prompt
   */
  public void note(int count, long elapsedNanos) {
    steps++;
    if (count <= MOST_TOKENS) {
      double elapsed = (double) elapsedNanos;
      double expected = isAnyMeasured() ? cost(count) : elapsed;
      double counted = Math.min(elapsed, expected * MOST_DEVIATION);
      nanos[count] = isMeasured(count) ? expected + NEWEST * (counted - expected) : counted;
      measured[count] = steps;
    }
  }

  /**
   * How many tokens of a proposal are worth a place in a step.
   *
   * @param chance of each to be right if those before it are
   * @param before how many tokens the step has without them, at least 1
   * @param most no more than this many
   */
  int length(double chance, int before, int most) {
    double plain = cost(before);
    int best = 0;
    double bestRate = 1 / plain;
    double gain = 1;
    double together = chance;
    for (int length = 1; length <= most; length++) {
      gain += together;
      together *= chance;
      double rate = gain / (cost(before + length) * MARGIN);
      if (rate > bestRate) {
        best = length;
        bestRate = rate;
      }
    }
    return best;
  }

  /**
   * Expected cost of a step, in nanoseconds; in steps of one token as long as none was measured.
   */
  private double cost(int tokens) {
    int below = Math.min(tokens, MOST_TOKENS);
    while (below > 0 && !isMeasured(below)) {
      below--;
    }
    int above = tokens;
    while (above <= MOST_TOKENS && !isMeasured(above)) {
      above++;
    }
    if (above <= MOST_TOKENS) {
      return below == 0
          ? nanos[above] * usual(tokens) / usual(above)
          : between(below, above, tokens);
    }
    return below == 0 ? usual(tokens) : beyond(below, tokens);
  }

  private double between(int below, int above, int tokens) {
    return below == above
        ? nanos[below]
        : nanos[below] + (nanos[above] - nanos[below]) * (tokens - below) / (above - below);
  }

  /** A token more costs what the ones before it did on average, but no more than is usual. */
  private double beyond(int below, int tokens) {
    double one = isMeasured(1) ? nanos[1] : nanos[below] / usual(below);
    double most = one * UNMEASURED;
    double each = below == 1 ? most : Math.clamp((nanos[below] - one) / (below - 1), 0, most);
    return nanos[below] + (tokens - below) * each;
  }

  private static double usual(int tokens) {
    return 1 + (tokens - 1) * UNMEASURED;
  }

  private boolean isAnyMeasured() {
    for (int tokens = 1; tokens <= MOST_TOKENS; tokens++) {
      if (isMeasured(tokens)) {
        return true;
      }
    }
    return false;
  }

  private boolean isMeasured(int tokens) {
    return nanos[tokens] > 0 && steps - measured[tokens] <= MEMORY_STEPS;
  }
}
