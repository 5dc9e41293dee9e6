package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.regex.Dfa;
import java.util.List;

/**
 * What may follow in a string: all that one of some automata allows.
 *
 * @param ways none if nothing may follow but the closing quote
 * @param endsAlike whether it makes no difference what follows: any text may, and wherever the
 *     quote then closes the string, the same bytes may come behind it; names apart that are known
 */
public record TextLimits(List<Way> ways, boolean endsAlike) {
  public TextLimits {
    ways = List.copyOf(ways);
  }

  /**
   * An automaton, and where one is in it.
   *
   * @param least how many characters have to follow
   * @param most how many characters may follow, or {@link Dfa#UNBOUNDED}
   */
  public record Way(Dfa texts, int state, int least, int most) {

    /** Whether any text may follow, but for its length. */
    public boolean isAny() {
      return texts.isAnyFrom(state);
    }
  }
}
