package dev.tsuku.llm.grammar.vocabulary;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Texts in the order of their bytes, unsigned, equal ones in the order of their numbers; and how
 * much each has in common with the one before it, which is all that a tree of them needs to know.
 */
final class TokenOrder {

  /** Bytes that are sorted by at once; the number of a text takes the other three. */
  private static final int KEY_BYTES = 5;

  /** So many are sorted as quickly by inserting one after the other. */
  private static final int FEW = 24;

  private static final int NUMBER_BITS = 24;
  private static final int NUMBER_MASK = (1 << NUMBER_BITS) - 1;

  private final int[] texts;
  private final int[] shared;

  private TokenOrder(int[] texts, int[] shared) {
    this.texts = texts;
    this.shared = shared;
  }

  /** All texts that are not empty. */
  static TokenOrder of(TokenTexts texts) {
    long[] keys = new long[texts.size()];
    int count = 0;
    for (int text = 0; text < keys.length; text++) {
      if (texts.length(text) > 0) {
        // The sign is turned so that the keys are sorted as unsigned numbers.
        keys[count++] = Long.MIN_VALUE ^ (key(texts, text) << NUMBER_BITS | text);
      }
    }
    Arrays.sort(keys, 0, count);
    int[] sorted = new int[count];
    int from = 0;
    for (int i = 0; i < count; i++) {
      sorted[i] = (int) keys[i] & NUMBER_MASK;
      if (i + 1 == count || keys[i] >>> NUMBER_BITS != keys[i + 1] >>> NUMBER_BITS) {
        sortFully(texts, sorted, from, i + 1);
        from = i + 1;
      }
    }
    int[] shared = new int[count];
    for (int i = 1; i < count; i++) {
      shared[i] = texts.common(sorted[i - 1], sorted[i]);
    }
    return new TokenOrder(sorted, shared);
  }

  private static long key(TokenTexts texts, int text) {
    int length = Math.min(KEY_BYTES, texts.length(text));
    long key = 0;
    for (int i = 0; i < length; i++) {
      key = key << Byte.SIZE | texts.byteAt(text, i);
    }
    return key << ((KEY_BYTES - length) * Byte.SIZE);
  }

  /** Sorts texts that begin alike: mostly one or a few. */
  private static void sortFully(TokenTexts texts, int[] sorted, int from, int to) {
    if (to - from > FEW) {
      Integer[] group = Arrays.stream(sorted, from, to).boxed().toArray(Integer[]::new);
      Arrays.sort(group, texts::compare);
      for (int i = from; i < to; i++) {
        sorted[i] = group[i - from];
      }
      return;
    }
    for (int i = from + 1; i < to; i++) {
      int text = sorted[i];
      int place = i;
      while (place > from && texts.compare(sorted[place - 1], text) > 0) {
        sorted[place] = sorted[place - 1];
        place--;
      }
      sorted[place] = text;
    }
  }

  /** Some of the texts, in the same order. */
  TokenOrder only(IntPredicate wanted) {
    int[] some = new int[texts.length];
    int[] common = new int[texts.length];
    int count = 0;
    int least = 0;
    for (int i = 0; i < texts.length; i++) {
      // What two have in common, all between them have as well.
      least = Math.min(least, shared[i]);
      if (wanted.test(texts[i])) {
        some[count] = texts[i];
        common[count] = least;
        count++;
        least = Integer.MAX_VALUE;
      }
    }
    return new TokenOrder(Arrays.copyOf(some, count), Arrays.copyOf(common, count));
  }

  /** How many there are. */
  int size() {
    return texts.length;
  }

  /** The number of the text at a place. */
  int text(int place) {
    return texts[place];
  }

  /** How many bytes it has in common with the one before it; 0 for the first. */
  int shared(int place) {
    return shared[place];
  }
}
