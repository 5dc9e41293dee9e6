package dev.tsuku.llm.engine.sampling;

/**
 * Tokens with their logits, of which the largest can be brought to the front one by one. Equal ones
 * come in the order of their numbers.
 *
 * <p>In front are those that were taken, in descending order; behind them, the rest, as a heap that
 * fills the arrays from their end: its root is the last element, and the children of the element
 * that is {@code i} from the end are {@code 2 i + 1} and {@code 2 i + 2} from it.
 */
final class CandidateHeap {

  private int[] tokens = new int[0];
  private float[] logits = new float[0];
  private int size;
  private int taken;

  /** Takes up every token with at least this logit. */
  void fill(float[] all, float least) {
    if (tokens.length < all.length) {
      tokens = new int[all.length];
      logits = new float[all.length];
    }
    size = 0;
    for (int token = 0; token < all.length; token++) {
      if (all[token] >= least) {
        tokens[size] = token;
        logits[size] = all[token];
        size++;
      }
    }
    taken = -1;
  }

  int size() {
    return size;
  }

  int token(int index) {
    return tokens[index];
  }

  float logit(int index) {
    return logits[index];
  }

  /**
   * Brings the next largest to the front, if it is not there yet.
   *
   * @param index the number of those already taken, or of one of them
   * @return the logit now at that index
   */
  float take(int index) {
    if (taken < 0) {
      taken = 0;
      for (int i = size / 2 - 1; i >= 0; i--) {
        sink(i);
      }
    }
    if (index == taken) {
      // What stood at the front goes to where the root was, and sinks from there.
      swap(taken, size - 1);
      taken++;
      sink(0);
    }
    return logits[index];
  }

  /** Restores the heap below an element, counted from the end. */
  private void sink(int from) {
    int count = size - taken;
    int parent = from;
    while (2 * parent + 1 < count) {
      int child = 2 * parent + 1;
      if (child + 1 < count && isBefore(child + 1, child)) {
        child++;
      }
      if (!isBefore(child, parent)) {
        return;
      }
      swap(size - 1 - child, size - 1 - parent);
      parent = child;
    }
  }

  private boolean isBefore(int one, int other) {
    int i = size - 1 - one;
    int j = size - 1 - other;
    return logits[i] > logits[j] || (logits[i] == logits[j] && tokens[i] < tokens[j]);
  }

  private void swap(int i, int j) {
    int token = tokens[i];
    tokens[i] = tokens[j];
    tokens[j] = token;
    float logit = logits[i];
    logits[i] = logits[j];
    logits[j] = logit;
  }
}
