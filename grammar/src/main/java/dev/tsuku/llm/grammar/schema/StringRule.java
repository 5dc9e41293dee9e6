package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.regex.Dfa;

/**
 * Conditions on a string.
 *
 * @param texts what it may be
 * @param least fewest characters
 * @param most most characters, or {@link Dfa#UNBOUNDED}
 */
public record StringRule(Dfa texts, int least, int most) implements Rule {

  /** Any string. */
  public static final StringRule ANY = new StringRule(Dfa.ANY, 0, Dfa.UNBOUNDED);

  /** Whether there is no such string. */
  boolean isEmpty() {
    return !isAlive(texts.start(), 0);
  }

  /** Whether every string will do. */
  public boolean isAny() {
    return texts == Dfa.ANY && least == 0 && most == Dfa.UNBOUNDED;
  }

  /** Whether lengths matter. */
  public boolean isBounded() {
    return least > 0 || most != Dfa.UNBOUNDED;
  }

  /**
   * Whether a text that was begun can be ended well, as far as lengths tell.
   *
   * @param state where its characters led in {@link #texts}
   * @param chars how many those are
   */
  public boolean isAlive(int state, int chars) {
    return state != Dfa.DEAD
        && texts.leastChars(state) <= most - chars
        && (texts.mostChars(state) == Dfa.UNBOUNDED || texts.mostChars(state) >= least - chars);
  }

  /** Whether a text may end here. */
  public boolean accepts(int state, int chars) {
    return state != Dfa.DEAD && texts.accepts(state) && chars >= least && chars <= most;
  }
}
