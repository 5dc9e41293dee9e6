package dev.tsuku.llm.engine.sampling;

import java.util.Arrays;

/**
 * Bounds below which no logit needs to be looked at again, found in one pass. One for each thread,
 * for its scratch memory.
 */
final class LogitFloors {

  private static final int BLOCK = 64;

  /** Steps of the distance from the largest logit, and how many of them make 1. */
  private static final int STEPS = 320;

  private static final float STEPS_A_UNIT = 8;

  /** What a token at each step has of the likeliest one's probability. */
  private static final double[] AT_STEP = new double[STEPS];

  static {
    for (int step = 0; step < STEPS; step++) {
      AT_STEP[step] = Math.exp(-step / (double) STEPS_A_UNIT);
    }
  }

  private final double[] masses = new double[STEPS];
  private float[] largest = new float[0];
  private double total;

  /** A bound that at least {@code count} logits reach, if there are as many numbers. */
  float ofLargest(float[] logits, int count) {
    int blocks = (logits.length + BLOCK - 1) / BLOCK;
    if (count > blocks) {
      return Float.NEGATIVE_INFINITY;
    }
    if (largest.length != blocks) {
      largest = new float[blocks];
    }
    for (int block = 0; block < blocks; block++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int i = block * BLOCK; i < Math.min(logits.length, (block + 1) * BLOCK); i++) {
        // Not Math.max, to which what is no number would be the largest.
        max = logits[i] > max ? logits[i] : max;
      }
      largest[block] = max;
    }
    Arrays.sort(largest);
    return largest[blocks - count];
  }

  /**
   * A bound such that what reaches it has this part of all probability. What is more than 40 below
   * the largest counts as nothing.
   */
  float ofLikeliest(float[] logits, float max, double part) {
    Arrays.fill(masses, 0);
    for (float logit : logits) {
      float distance = (max - logit) * STEPS_A_UNIT;
      if (distance < STEPS) {
        int step = (int) distance;
        masses[step] += AT_STEP[step] * expOfLittle((distance - step) / STEPS_A_UNIT);
      }
    }
    total = Arrays.stream(masses).sum();
    double mass = 0;
    int step = 0;
    // One step more than the sum says, because sums in another order differ in their last bits.
    while (step < STEPS - 1 && mass < part * total) {
      mass += masses[step];
      step++;
    }
    return max - (step + 1) / STEPS_A_UNIT;
  }

  /**
   * {@code e^-x} of less than a step, to 3e-7 of it: the first terms of its series. Nearly every
   * logit of a vocabulary is within 40 of the largest, and {@link Math#exp} of 49,000 took 0.2 ms
   * of a step of 5.5.
   */
  private static double expOfLittle(float x) {
    return 1 - x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4)));
  }

  /** Probability of all that was counted last, that of the likeliest token being 1. */
  double total() {
    return total;
  }
}
