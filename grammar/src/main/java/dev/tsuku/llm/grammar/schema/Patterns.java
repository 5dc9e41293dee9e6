package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.Language;
import dev.tsuku.llm.grammar.regex.RegexException;
import java.util.HashMap;
import java.util.Map;

/** The patterns of a document, each compiled once, and all of them together within limits. */
final class Patterns {

  private static final int MOST_STATES = 100_000;
  private static final long MOST_COST = 12_000_000;

  private final Map<String, Language> languages = new HashMap<>();
  private final Map<String, Dfa> names = new HashMap<>();
  private int states;
  private long cost;

  /**
   * What a string may be that a pattern is asked of.
   *
   * @throws RegexException if it cannot be used
   */
  Language search(String pattern) {
    Language known = languages.get(pattern);
    if (known == null) {
      known = Language.search(pattern);
      count(known.texts());
      languages.put(pattern, known);
    }
    return known;
  }

  /**
   * The names that a pattern matches.
   *
   * @throws RegexException if it cannot be used
   */
  Dfa names(String pattern) {
    Dfa known = names.get(pattern);
    if (known == null) {
      known = Dfa.search(pattern);
      count(known);
      names.put(pattern, known);
    }
    return known;
  }

  private void count(Dfa dfa) {
    states += dfa.states();
    cost += dfa.cost();
    if (states > MOST_STATES) {
      throw new RegexException(
          "with those before it, it needs " + states + " states; the most are " + MOST_STATES);
    }
    if (cost > MOST_COST) {
      throw new RegexException(
          "with those before it, it takes "
              + cost
              + " steps to compile; the most are "
              + MOST_COST);
    }
  }
}
