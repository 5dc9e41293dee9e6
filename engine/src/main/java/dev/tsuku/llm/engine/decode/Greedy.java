package dev.tsuku.llm.engine.decode;

import java.nio.FloatBuffer;

/**
 * Picks the likeliest token. Owned by one thread, for its scratch memory.
 *
 * <p>This runs once for each token over a vocabulary of up to some hundred thousand, so its form
 * counts: reading native memory float by float costs four times what copying pieces of it into an
 * array and scanning those does, and four maxima side by side keep the processor from waiting for
 * one.
 */
final class Greedy {

  /** Floats that are copied at a time: 16 KiB, which stay in the innermost cache. */
  private static final int CHUNK = 4096;

  private final float[] chunk = new float[CHUNK];

  /**
   * The index of the largest logit, the first of several equal ones. What is no number counts as
   * the smallest.
   *
   * @param logits read from 0 to its limit; its position is left alone
   * @return -1 if no logit is above negative infinity
   */
  int pick(FloatBuffer logits) {
    int best = -1;
    float largest = Float.NEGATIVE_INFINITY;
    int size = logits.limit();
    for (int from = 0; from < size; from += CHUNK) {
      int count = Math.min(CHUNK, size - from);
      logits.get(from, chunk, 0, count);
      float max = max(count);
      if (max > largest) {
        largest = max;
        best = from + indexOf(max);
      }
    }
    return best;
  }

  private float max(int count) {
    float a = Float.NEGATIVE_INFINITY;
    float b = a;
    float c = a;
    float d = a;
    int i = 0;
    for (; i + 3 < count; i += 4) {
      // Not Math.max: it makes everything NaN as soon as one value is.
      a = chunk[i] > a ? chunk[i] : a;
      b = chunk[i + 1] > b ? chunk[i + 1] : b;
      c = chunk[i + 2] > c ? chunk[i + 2] : c;
      d = chunk[i + 3] > d ? chunk[i + 3] : d;
    }
    for (; i < count; i++) {
      a = chunk[i] > a ? chunk[i] : a;
    }
    return Math.max(Math.max(a, b), Math.max(c, d));
  }

  private int indexOf(float value) {
    int i = 0;
    while (chunk[i] != value) {
      i++;
    }
    return i;
  }
}
