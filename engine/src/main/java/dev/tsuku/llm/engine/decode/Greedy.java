package dev.tsuku.llm.engine.decode;

import java.nio.FloatBuffer;

/** Picks the likeliest token. */
final class Greedy {

  private Greedy() {}

  /**
   * The index of the largest logit, the first of several equal ones.
   *
   * @return -1 if no logit is a number above negative infinity
   */
  static int pick(FloatBuffer logits) {
    int best = -1;
    float largest = Float.NEGATIVE_INFINITY;
    int size = logits.limit();
    for (int i = 0; i < size; i++) {
      float logit = logits.get(i);
      if (logit > largest) {
        largest = logit;
        best = i;
      }
    }
    return best;
  }
}
