package dev.tsuku.llm.grammar.vocabulary;

import java.io.IOException;
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

  /**
   * The slice of a vocabulary.
   *
   * @param size how many tokens that has
   */
  static StringSlice of(int size, TokenOrder plain, TextKinds kinds) {
    int longest = 0;
    for (int i = 0; i < plain.size(); i++) {
      longest = Math.max(longest, kinds.chars(plain.text(i)));
    }
    int[] counts = new int[longest + 1];
    for (int i = 0; i < plain.size(); i++) {
      int length = kinds.chars(plain.text(i));
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
    for (int i = 0; i < plain.size(); i++) {
      int length = kinds.chars(plain.text(i));
      if (length > 0) {
        byLength[next[length]++] = plain.text(i);
      }
    }
    long[][] sets = new long[CLASSES.length][];
    long[] set = new long[(size + Long.SIZE - 1) / Long.SIZE];
    int done = 0;
    for (int i = 0; i < CLASSES.length; i++) {
      int end = counts[Math.min(CLASSES[i], longest)];
      add(set, byLength, done, end);
      done = end;
      sets[i] = set.clone();
    }
    add(set, byLength, done, byLength.length);
    return new StringSlice(byLength, counts, sets, set);
  }

  private static void add(long[] set, int[] tokens, int from, int to) {
    for (int i = from; i < to; i++) {
      set[tokens[i] >> 6] |= 1L << tokens[i];
    }
  }

  static StringSlice readFrom(TableReader in) throws IOException {
    int[] byLength = in.ints();
    int[] counts = in.ints();
    long[][] sets = new long[CLASSES.length][];
    for (int i = 0; i < sets.length; i++) {
      sets[i] = in.longs();
    }
    long[] all = in.longs();
    in.require(counts.length > 0 && counts[counts.length - 1] == byLength.length);
    for (long[] set : sets) {
      in.require(set.length == all.length);
    }
    return new StringSlice(byLength, counts, sets, all);
  }

  void writeTo(TableWriter out) throws IOException {
    out.ints(byLength);
    out.ints(counts);
    for (long[] set : sets) {
      out.longs(set);
    }
    out.longs(all);
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
