package dev.tsuku.llm.grammar.vocabulary;

import dev.tsuku.llm.grammar.regex.Dfa;
import java.util.Arrays;

/**
 * The tokens that may come next in a string that may be anything, by how many characters they have:
 * nearly all of a vocabulary, and never looked at one by one.
 */
public final class StringSlice {

  private static final int[] CLASSES = {1, 2, 4, 6, 8, 10, 12, 16, 24, 32};

  private final int[] byLength;

  /** For each length how many tokens are no longer. */
  private final int[] counts;

  private final long[][] sets;
  private final long[] all;

  private StringSlice(int[] byLength, int[] counts, long[][] sets, long[] all) {
    this.byLength = byLength;
    this.counts = counts;
    this.sets = sets;
    this.all = all;
  }

  static StringSlice of(byte[][] bytes, int[] plain) {
    int longest = 0;
    int[] lengths = new int[plain.length];
    for (int i = 0; i < plain.length; i++) {
      int state = Dfa.ANY.start();
      for (int j = 0; j < bytes[plain[i]].length && state != Dfa.DEAD; j++) {
        state = Dfa.ANY.next(state, bytes[plain[i]][j] & 0xff);
      }
      lengths[i] = state == Dfa.DEAD ? 0 : TextTokens.chars(bytes[plain[i]]);
      longest = Math.max(longest, lengths[i]);
    }
    int[] counts = new int[longest + 1];
    for (int length : lengths) {
      if (length > 0) {
        counts[length]++;
      }
    }
    for (int length = 1; length <= longest; length++) {
      counts[length] += counts[length - 1];
    }
    int[] byLength = new int[counts[longest]];
    int[] next = new int[longest + 1];
    System.arraycopy(counts, 0, next, 1, longest);
    for (int i = 0; i < plain.length; i++) {
      if (lengths[i] > 0) {
        byLength[next[lengths[i]]++] = plain[i];
      }
    }
    long[][] sets = new long[CLASSES.length][];
    for (int i = 0; i < CLASSES.length; i++) {
      sets[i] = set(bytes.length, byLength, counts[Math.min(CLASSES[i], longest)]);
    }
    return new StringSlice(byLength, counts, sets, set(bytes.length, byLength, byLength.length));
  }

  private static long[] set(int size, int[] byLength, int count) {
    long[] set = new long[(size + Long.SIZE - 1) / Long.SIZE];
    for (int i = 0; i < count; i++) {
      set[byLength[i] >> 6] |= 1L << byLength[i];
    }
    return set;
  }

  /** The set, a bit a token, of those with no more characters; not to be changed. Some may lack. */
  public long[] set(int most) {
    if (most >= counts.length - 1) {
      return all;
    }
    long[] found = new long[all.length];
    for (int i = 0; i < CLASSES.length && CLASSES[i] <= most; i++) {
      found = sets[i];
    }
    return found;
  }

  /** The tokens that are missing in {@link #set(int)}, sorted. */
  public int[] missing(int most) {
    if (most >= counts.length - 1) {
      return new int[0];
    }
    int from = 0;
    for (int i = 0; i < CLASSES.length && CLASSES[i] <= most; i++) {
      from = counts[Math.min(CLASSES[i], counts.length - 1)];
    }
    int[] missing = Arrays.copyOfRange(byLength, from, counts[Math.max(most, 0)]);
    Arrays.sort(missing);
    return missing;
  }

  /** How many tokens have no more characters. */
  public int count(int most) {
    return counts[Math.clamp(most, 0, counts.length - 1)];
  }
}
