package dev.tsuku.llm.engine.prompt;

import dev.tsuku.llm.template.PromptPiece;
import dev.tsuku.llm.template.PromptPiece.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The text of a prompt and who wrote each stretch of it. Two texts are the same only where the same
 * side wrote them: a user who spells a special token has written text, not that token. Immutable.
 */
final class RenderedText {

  /** So much of the end is looked at. */
  private static final int TAIL = 64;

  private final char[] chars;

  /** Where the origin changes, in ascending order; before the first, the format writes. */
  private final int[] bounds;

  private RenderedText(char[] chars, int[] bounds) {
    this.chars = chars;
    this.bounds = bounds;
  }

  static RenderedText of(List<PromptPiece> pieces) {
    StringBuilder text = new StringBuilder();
    int[] bounds = new int[pieces.size()];
    int count = 0;
    Origin origin = Origin.FORMAT;
    for (PromptPiece piece : pieces) {
      if (piece.origin() != origin) {
        origin = piece.origin();
        bounds[count++] = text.length();
      }
      text.append(piece.text());
    }
    return new RenderedText(text.toString().toCharArray(), Arrays.copyOf(bounds, count));
  }

  /** This text and, behind it, more. */
  RenderedText with(List<PromptPiece> more) {
    List<PromptPiece> all = new ArrayList<>(from(0));
    all.addAll(more);
    return of(all);
  }

  /** In UTF-16 units. */
  int length() {
    return chars.length;
  }

  /** Whether this is its end, white space apart. */
  boolean endsWith(String text) {
    return new String(chars, Math.max(0, chars.length - TAIL), Math.min(TAIL, chars.length))
        .stripTrailing()
        .endsWith(text);
  }

  /** How long the two are the same, origins included; in UTF-16 units. */
  int commonPrefix(RenderedText other) {
    int different = Arrays.mismatch(chars, other.chars);
    int common = different < 0 ? chars.length : different;
    int bound = Arrays.mismatch(bounds, other.bounds);
    if (bound < 0) {
      return common;
    }
    return Math.min(common, Math.min(boundOrEnd(bound), other.boundOrEnd(bound)));
  }

  private int boundOrEnd(int index) {
    return index < bounds.length ? bounds[index] : Integer.MAX_VALUE;
  }

  /** The pieces from an offset on; none is empty. */
  List<PromptPiece> from(int offset) {
    List<PromptPiece> pieces = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= bounds.length; i++) {
      int end = i < bounds.length ? bounds[i] : chars.length;
      int first = Math.max(start, offset);
      if (first < end) {
        pieces.add(
            new PromptPiece(
                new String(chars, first, end - first),
                i % 2 == 0 ? Origin.FORMAT : Origin.CONTENT));
      }
      start = end;
    }
    return pieces;
  }
}
