package dev.tsuku.llm.engine.prefix;

import java.util.Arrays;
import java.util.Objects;

/**
 * Tokens that only ever become more. Used by one thread; others may read one that does not change
 * any more.
 */
public final class TokenList {

  private int[] tokens;
  private int size;

  /** A list that begins with these tokens, which it copies. */
  public TokenList(int... tokens) {
    this.tokens = Arrays.copyOf(tokens, Math.max(16, tokens.length + tokens.length / 4));
    this.size = tokens.length;
  }

  public void add(int token) {
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, size + size / 2);
    }
    tokens[size++] = token;
  }

  public int get(int index) {
    return tokens[Objects.checkIndex(index, size)];
  }

  /** The last one; there must be one. */
  public int last() {
    return get(size - 1);
  }

  public int size() {
    return size;
  }

  /** How many tokens two lists have in common, from the first on. */
  public int commonPrefix(TokenList other) {
    int different = Arrays.mismatch(tokens, 0, size, other.tokens, 0, other.size);
    return different < 0 ? size : different;
  }

  /** A copy of the tokens from one index to before another. */
  public int[] copy(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    return Arrays.copyOfRange(tokens, from, to);
  }
}
