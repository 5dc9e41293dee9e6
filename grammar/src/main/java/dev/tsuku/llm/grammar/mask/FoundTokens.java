package dev.tsuku.llm.grammar.mask;

import java.util.Arrays;

/**
 * Tokens as they are found. Kept between masks, so that finding one leaves little garbage: a
 * collection during a step is what its caller would wait longest for.
 */
final class FoundTokens {

  /** Beyond so many, bits are quicker than sorting. */
  private static final int MOST_SORTED = 256;

  private static final int MOST_KEPT = 1 << 14;

  private static final long[] NONE = {};

  private int[] tokens = new int[1024];
  private int count;

  /** Whether it takes so much memory that it is not to be kept. */
  boolean isLarge() {
    return tokens.length > MOST_KEPT;
  }

  /** Forgets all. */
  void clear() {
    count = 0;
  }

  void add(int token) {
    if (count == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * count);
    }
    tokens[count++] = token;
  }

  /**
   * All that were found as a mask, together with others.
   *
   * @param others none of which was found
   * @param size of the vocabulary
   */
  TokenMask with(TokenMask others, int size) {
    if (count <= MOST_SORTED) {
      return others.with(sorted());
    }
    long[] bits = new long[words(size)];
    others.fill(bits);
    set(bits);
    return TokenMask.of(bits, new int[0]);
  }

  /**
   * All that were found as a mask.
   *
   * @param size of the vocabulary
   */
  TokenMask mask(int size) {
    if (count <= MOST_SORTED) {
      return TokenMask.of(NONE, sorted());
    }
    long[] bits = new long[words(size)];
    set(bits);
    return TokenMask.of(bits, new int[0]);
  }

  private int[] sorted() {
    int[] sorted = Arrays.copyOf(tokens, count);
    Arrays.sort(sorted);
    return sorted;
  }

  private void set(long[] bits) {
    for (int i = 0; i < count; i++) {
      bits[tokens[i] >> 6] |= 1L << tokens[i];
    }
  }

  private static int words(int size) {
    return (size + Long.SIZE - 1) / Long.SIZE;
  }
}
