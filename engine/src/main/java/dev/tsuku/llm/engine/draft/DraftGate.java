package dev.tsuku.llm.engine.draft;

/**
 * What one more token in a step costs, measured as steps are computed, and whether a guess is worth
 * that. One for each context; belongs to the decode thread.
 *
 * <p>The time of a step is taken as a constant part, mostly for reading the weights, and a part for
 * each token. Both are a fit through the recent steps, the older ones counting ever less, because
 * tokens cost more the more there are before them. One guess more is worth it where it adds to the
 * tokens a second that can be expected of the step.
 */
public final class DraftGate {

  /** How much of a step's weight in the fit is left after one more step. */
  private static final double KEEP = 0.98;

  /** Cost of a token more as a fraction of a step with one, until it has been measured. */
  private static final double GUESS = 0.3;

  /** Least cost of a token more, as a fraction of a step. */
  private static final double LEAST_COST = 0.02;

  /** With less spread of the tokens in a step than this, there is no slope to be seen. */
  private static final double LEAST_VARIANCE = 0.01;

  /** Guesses are taken as this much dearer than measured, so that a draw is no draft. */
  private static final double MARGIN = 1.1;

  private double weight;
  private double tokens;
  private double nanos;
  private double tokensTokens;
  private double tokensNanos;

  /** A gate that has measured nothing yet. */
  public DraftGate() {}

  /**
   * Notes what a step for one answer cost.
   *
   * @param count tokens in it, none of them of a prompt
   */
  public void note(int count, long elapsedNanos) {
    weight = weight * KEEP + 1;
    tokens = tokens * KEEP + count;
    nanos = nanos * KEEP + elapsedNanos;
    tokensTokens = tokensTokens * KEEP + (double) count * count;
    tokensNanos = tokensNanos * KEEP + (double) count * elapsedNanos;
  }

  /**
   * How many tokens of a proposal are worth a place in a step.
   *
   * @param chance of each to be right if those before it are
   * @param most no more than this many
   */
  int length(double chance, int most) {
    double each = each();
    double gain = 1;
    double cost = Math.max(stepOfOne(each), each);
    double together = chance;
    int length = 0;
    while (length < most && together * cost > gain * each * MARGIN) {
      length++;
      gain += together;
      cost += each;
      together *= chance;
    }
    return length;
  }

  /** Cost of a token more, in nanoseconds. */
  private double each() {
    if (weight == 0) {
      return GUESS;
    }
    double mean = nanos / weight;
    double meanTokens = tokens / weight;
    double variance = tokensTokens / weight - meanTokens * meanTokens;
    double each =
        variance < LEAST_VARIANCE
            ? mean * GUESS / (1 + GUESS * (meanTokens - 1))
            : (tokensNanos / weight - meanTokens * mean) / variance;
    // A fit through noise can have any slope; no token is for nothing.
    return Math.max(each, mean * LEAST_COST);
  }

  /** Cost of a step with one token, in nanoseconds. */
  private double stepOfOne(double each) {
    return weight == 0 ? 1 : nanos / weight + (1 - tokens / weight) * each;
  }
}
