package dev.tsuku.llm.grammar.regex;

import java.util.Arrays;

/** Numbers as a key; they must not be changed afterwards. */
final class IntKey {

  private final int[] values;
  private final int hash;

  IntKey(int[] values) {
    this.values = values;
    this.hash = Arrays.hashCode(values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IntKey key && hash == key.hash && Arrays.equals(values, key.values);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
