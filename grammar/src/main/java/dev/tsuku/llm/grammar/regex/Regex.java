package dev.tsuku.llm.grammar.regex;

import java.util.List;

/** A regular expression, read. */
sealed interface Regex {

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
}
