package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.List;

/** A regular expression, read. */
sealed interface Regex {

  /** The empty text. */
  Regex EMPTY = new Sequence(List.of());

  /** One character of a set. */
  record One(CodePoints set) implements Regex {}

  /** One after the other; of nothing, the empty text. */
  record Sequence(List<Regex> parts) implements Regex {}

  /** One or another. */
  record Choice(List<Regex> parts) implements Regex {}

  /**
   * Again and again.
   *
   * @param most -1 for any number
   */
  record Repeat(Regex part, int least, int most) implements Regex {}

  /** The beginning of the text. */
  record Start() implements Regex {}

  /** The end of the text. */
  record End() implements Regex {}

  /**
   * Look-around: a condition on the text before or after a place, which takes no character.
   *
   * @param isBehind whether it looks at what ends here, or at what begins here
   * @param isNegated whether nothing there may match
   */
  record Look(Regex inner, boolean isBehind, boolean isNegated) implements Regex {}

  /** One after the other, without sequences in sequences. */
  static Regex sequence(List<Regex> parts) {
    List<Regex> flat = new ArrayList<>();
    for (Regex part : parts) {
      if (part instanceof Sequence inner) {
        flat.addAll(inner.parts());
      } else {
        flat.add(part);
      }
    }
    return flat.size() == 1 ? flat.getFirst() : new Sequence(List.copyOf(flat));
  }

  /** The places between a word's character and another one, or all others. */
  static Regex wordBoundary(boolean isNegated) {
    Regex word = new One(CodePoints.WORD);
    return new Choice(
        List.of(
            new Sequence(List.of(new Look(word, true, false), new Look(word, false, !isNegated))),
            new Sequence(List.of(new Look(word, true, true), new Look(word, false, isNegated)))));
  }
}
