package dev.tsuku.llm.grammar.mask;

import java.util.Arrays;

/** Tokens as they are found; many are kept as bits. */
final class FoundTokens {

  private static final int BITS_IF_ONE_OF = 32;
  private static final long[] NONE = {};

  private int[] tokens = new int[16];
  private int count;

  void add(int token) {
    if (count == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * count);
    }
    tokens[count++] = token;
  }

  int[] sorted() {
    int[] sorted = Arrays.copyOf(tokens, count);
    Arrays.sort(sorted);
    return sorted;
  }

  TokenMask mask(int size) {
    if (count < size / BITS_IF_ONE_OF) {
      return TokenMask.of(NONE, sorted());
    }
    long[] bits = new long[(size + Long.SIZE - 1) / Long.SIZE];
    for (int i = 0; i < count; i++) {
      bits[tokens[i] >> 6] |= 1L << tokens[i];
    }
    return TokenMask.of(bits, new int[0]);
  }
}
