package dev.tsuku.llm.grammar.regex;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Ranges of characters as ranges of the bytes of their UTF-8. */
final class Utf8Ranges {

  /** One byte, from {@code first} to {@code last}. */
  record Bytes(int first, int last) {}

  /** Last characters whose UTF-8 has 1, 2, 3 and 4 bytes. */
  private static final int[] LAST_OF_LENGTH = {0x7f, 0x7ff, 0xffff, CodePoints.LAST};

  private static final int CONTINUATION_BITS = 6;
  private static final int BYTE_MASK = 0xff;

  private Utf8Ranges() {}

  /** Sequences of byte ranges that together stand for all characters of a range. */
  static List<List<Bytes>> of(CodePoints.Range range) {
    List<List<Bytes>> sequences = new ArrayList<>();
    int first = range.first();
    for (int last : LAST_OF_LENGTH) {
      if (first <= Math.min(last, range.last())) {
        split(first, Math.min(last, range.last()), sequences);
        first = last + 1;
      }
    }
    return sequences;
  }

  /** Splits where bytes behind a differing one do not run from the least to the greatest. */
  private static void split(int first, int last, List<List<Bytes>> sequences) {
    for (int i = 1; i < 4 && first > LAST_OF_LENGTH[0]; i++) {
      int low = (1 << (CONTINUATION_BITS * i)) - 1;
      if ((first & ~low) != (last & ~low)) {
        if ((first & low) != 0) {
          split(first, first | low, sequences);
          split((first | low) + 1, last, sequences);
          return;
        }
        if ((last & low) != low) {
          split(first, (last & ~low) - 1, sequences);
          split(last & ~low, last, sequences);
          return;
        }
      }
    }
    byte[] from = Character.toString(first).getBytes(StandardCharsets.UTF_8);
    byte[] to = Character.toString(last).getBytes(StandardCharsets.UTF_8);
    List<Bytes> sequence = new ArrayList<>();
    for (int i = 0; i < from.length; i++) {
      sequence.add(new Bytes(from[i] & BYTE_MASK, to[i] & BYTE_MASK));
    }
    sequences.add(sequence);
  }
}
