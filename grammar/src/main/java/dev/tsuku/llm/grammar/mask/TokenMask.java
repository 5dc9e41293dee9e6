package dev.tsuku.llm.grammar.mask;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** A set of tokens. Immutable. */
public final class TokenMask {

  private static final long[] NONE = {};

  /** What an entry takes without its content, the place that it is for included. */
  private static final int OBJECT_BYTES = 512;

  /** A bit a token; often shared. */
  private final long[] base;

  /** Others, sorted. */
  private final int[] extra;

  /** Whether the bits are somebody else's too. */
  private final boolean isShared;

  private TokenMask(long[] base, int[] extra, boolean isShared) {
    this.base = base;
    this.extra = extra;
    this.isShared = isShared;
  }

  /**
   * A set of tokens.
   *
   * @param base a bit a token, not to be changed from now on
   * @param extra other tokens, sorted
   */
  static TokenMask of(long[] base, int[] extra) {
    return new TokenMask(base, extra, false);
  }

  /** The same, with bits that somebody else has too. */
  static TokenMask shared(long[] base, int[] extra) {
    return new TokenMask(base, extra, true);
  }

  static TokenMask of(int[] tokens) {
    return of(NONE, tokens);
  }

  /** The set with other tokens, sorted, none of which is in it. */
  TokenMask with(int[] more) {
    if (extra.length == 0) {
      return shared(base, more);
    }
    int[] all = Arrays.copyOf(extra, extra.length + more.length);
    System.arraycopy(more, 0, all, extra.length, more.length);
    Arrays.sort(all);
    return shared(base, all);
  }

  /** Whether a token is in the set. */
  public boolean allows(int token) {
    int word = token >> 6;
    return (word < base.length && (base[word] & (1L << token)) != 0)
        || Arrays.binarySearch(extra, token) >= 0;
  }

  /** Tells all tokens of the set, each once, in no order. */
  public void forEach(IntConsumer sink) {
    for (int word = 0; word < base.length; word++) {
      for (long left = base[word]; left != 0; left &= left - 1) {
        sink.accept((word << 6) + Long.numberOfTrailingZeros(left));
      }
    }
    for (int token : extra) {
      sink.accept(token);
    }
  }

  /**
   * Writes the set as bits.
   *
   * @param bits a bit a token, at least as many as the vocabulary has; all are overwritten
   */
  public void fill(long[] bits) {
    System.arraycopy(base, 0, bits, 0, base.length);
    Arrays.fill(bits, base.length, bits.length, 0);
    for (int token : extra) {
      bits[token >> 6] |= 1L << token;
    }
  }

  /** How many tokens are in the set. */
  public int count() {
    int count = extra.length;
    for (long word : base) {
      count += Long.bitCount(word);
    }
    return count;
  }

  /** Bytes of memory that it takes, what it shares apart. */
  long ownBytes() {
    return OBJECT_BYTES
        + (long) extra.length * Integer.BYTES
        + (isShared ? 0 : (long) base.length * Long.BYTES);
  }
}
