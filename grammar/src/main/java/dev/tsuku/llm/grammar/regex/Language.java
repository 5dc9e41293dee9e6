package dev.tsuku.llm.grammar.regex;

/**
 * The texts of an automaton whose length is within bounds. A large count in a pattern, as in {@code
 * ^.{0,10000}$}, is such a bound where it can be: as a number it takes no room, in the automaton it
 * takes states for each character.
 *
 * @param least fewest characters
 * @param most most characters, or {@link Dfa#UNBOUNDED}
 */
public record Language(Dfa texts, int least, int most) {

  /** All texts of an automaton. */
  public static Language of(Dfa texts) {
    return new Language(texts, 0, Dfa.UNBOUNDED);
  }

  /**
   * The texts that a pattern occurs in, as the keyword {@code pattern} has it.
   *
   * @throws RegexException if it is no pattern, not supported or too complex
   */
  public static Language search(String pattern) {
    Counts counts = new Counts();
    Regex regex = counts.without(Trimmer.trim(RegexParser.parse(pattern), true, true));
    return new Language(Dfa.search(regex), counts.least(), counts.most());
  }
}
