package dev.tsuku.llm.engine.sampling;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;

/**
 * Picks the likeliest token. Owned by one thread, for its scratch memory.
 *
 * <p>This runs once for each token over a vocabulary of up to some hundred thousand, so its form
 * counts. The compiler turns a maximum of ints into vector instructions, but not one of floats that
 * may be no numbers; so the floats are read as ints that have the same order. And what is copied
 * into an array piece by piece is read several times faster than native memory is.
 */
public final class Greedy {

  /** Logits that are copied at a time: 16 KiB, which stay in the innermost cache. */
  private static final int CHUNK = 4096;

  private static final int POSITIVE_INFINITY = ordered(Float.POSITIVE_INFINITY);
  private static final int NEGATIVE_INFINITY = ordered(Float.NEGATIVE_INFINITY);

  private final int[] chunk = new int[CHUNK];

  /** A picker; it remembers nothing. */
  public Greedy() {}

  /**
   * The index of the largest logit, the first of several equal ones. What is no number counts as
   * the smallest.
   *
   * @param logits one 32-bit float a vocabulary entry, from the position to the limit, which are
   *     left alone
   * @return -1 if no logit is above negative infinity
   */
  public int pick(ByteBuffer logits) {
    IntBuffer bits = logits.asIntBuffer();
    int best = -1;
    int largest = NEGATIVE_INFINITY;
    int size = bits.limit();
    for (int from = 0; from < size; from += CHUNK) {
      int count = Math.min(CHUNK, size - from);
      bits.get(from, chunk, 0, count);
      int max = max(count);
      if (max > POSITIVE_INFINITY) {
        forgetWhatIsNoNumber(count);
        max = max(count);
      }
      if (max > largest) {
        largest = max;
        best = from + indexOf(max);
      }
    }
    return best;
  }

  private int max(int count) {
    int max = Integer.MIN_VALUE;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, ordered(chunk[i]));
    }
    return max;
  }

  private void forgetWhatIsNoNumber(int count) {
    for (int i = 0; i < count; i++) {
      if (ordered(chunk[i]) > POSITIVE_INFINITY) {
        chunk[i] = Float.floatToRawIntBits(Float.NEGATIVE_INFINITY);
      }
    }
  }

  private int indexOf(int max) {
    int i = 0;
    while (ordered(chunk[i]) != max) {
      i++;
    }
    return i;
  }

  private static int ordered(float value) {
    return ordered(Float.floatToRawIntBits(value));
  }

  /**
   * The bits of a float as an int of the same order: those of negative floats grow the wrong way
   * and are turned around. A NaN comes above or below everything, by its sign.
   */
  private static int ordered(int bits) {
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }
}
