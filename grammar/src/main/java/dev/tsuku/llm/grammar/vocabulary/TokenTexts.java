package dev.tsuku.llm.grammar.vocabulary;

import java.io.IOException;
import java.util.Arrays;

/** Texts by their numbers, one behind the other in one array, as bytes. Immutable. */
final class TokenTexts {

  private static final int BYTE_MASK = 0xff;

  private final byte[] bytes;

  /** Where each text begins, and behind the last one where that ends. */
  private final int[] starts;

  private TokenTexts(byte[] bytes, int[] starts) {
    this.bytes = bytes;
    this.starts = starts;
  }

  static TokenTexts of(byte[][] texts) {
    int[] starts = new int[texts.length + 1];
    int size = 0;
    for (int i = 0; i < texts.length; i++) {
      size = Math.addExact(size, texts[i].length);
      starts[i + 1] = size;
    }
    byte[] bytes = new byte[size];
    for (int i = 0; i < texts.length; i++) {
      System.arraycopy(texts[i], 0, bytes, starts[i], texts[i].length);
    }
    return new TokenTexts(bytes, starts);
  }

  static TokenTexts readFrom(TableReader in) throws IOException {
    byte[] bytes = in.bytes();
    int[] starts = in.ints();
    in.require(starts.length > 0 && starts[starts.length - 1] == bytes.length);
    return new TokenTexts(bytes, starts);
  }

  void writeTo(TableWriter out) throws IOException {
    out.bytes(bytes);
    out.ints(starts);
  }

  /** How many there are. */
  int size() {
    return starts.length - 1;
  }

  /** The length of a text, in bytes. */
  int length(int text) {
    return starts[text + 1] - starts[text];
  }

  /** A byte of a text, 0 to 255. */
  int byteAt(int text, int index) {
    return bytes[starts[text] + index] & BYTE_MASK;
  }

  /** A copy of a text. */
  byte[] copy(int text) {
    return Arrays.copyOfRange(bytes, starts[text], starts[text + 1]);
  }

  /** How many bytes two texts have in common at their beginnings. */
  int common(int one, int other) {
    int most = Math.min(length(one), length(other));
    int oneStart = starts[one];
    int otherStart = starts[other];
    int common = 0;
    // The rest is short, so that a library call would take longer.
    while (common < most && bytes[oneStart + common] == bytes[otherStart + common]) {
      common++;
    }
    return common;
  }

  /** Compares two texts by their bytes, unsigned. */
  int compare(int one, int other) {
    int common = common(one, other);
    int oneLength = length(one);
    int otherLength = length(other);
    return common < oneLength && common < otherLength
        ? byteAt(one, common) - byteAt(other, common)
        : oneLength - otherLength;
  }
}
