package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes large counts out of a pattern for whole texts: where all but one of its parts have a fixed
 * length, how often that one is repeated is the same as how long the text is. Likewise in
 * look-ahead from the beginning to the end, as in {@code ^(?=.{1,253}$)}. Not thread-safe.
 */
final class Counts {

  /** Counts that need no more states than this stay in the automaton. */
  private static final int FEW_STATES = 300;

  /** States for a character of a set that is not all in ASCII, at least. */
  private static final int STATES_OF_ANY = 8;

  private static final int LAST_ASCII = 0x7f;
  private static final int NOT_FIXED = -1;

  private long least;
  private long most = Dfa.UNBOUNDED;

  /** Fewest characters of the text. */
  int least() {
    return (int) Math.min(least, Dfa.UNBOUNDED);
  }

  /** Most of them, or {@link Dfa#UNBOUNDED}. */
  int most() {
    return (int) Math.min(most, Dfa.UNBOUNDED);
  }

  /** The pattern without counts that have become bounds. */
  Regex without(Regex regex) {
    if (!(regex instanceof Regex.Sequence sequence)
        || sequence.parts().isEmpty()
        || !(sequence.parts().getFirst() instanceof Regex.Start)) {
      return regex;
    }
    List<Regex> parts = new ArrayList<>(sequence.parts());
    for (int i = 1; i < parts.size() && parts.get(i) instanceof Regex.Look look; i++) {
      if (!look.isBehind() && !look.isNegated() && look.inner() instanceof Regex.Sequence inner) {
        Regex left = Regex.sequence(uncounted(inner.parts()));
        parts.set(i, new Regex.Look(left, false, false));
      }
    }
    return Regex.sequence(uncounted(parts));
  }

  /** Parts that match from the beginning of the text on. */
  private List<Regex> uncounted(List<Regex> parts) {
    if (parts.isEmpty() || !(parts.getLast() instanceof Regex.End)) {
      return parts;
    }
    int counted = NOT_FIXED;
    long fixed = 0;
    for (int i = 0; i < parts.size(); i++) {
      if (counted == NOT_FIXED && isLarge(parts.get(i))) {
        counted = i;
      } else {
        long length = length(parts.get(i));
        if (length == NOT_FIXED) {
          return parts;
        }
        fixed += length;
      }
    }
    if (counted == NOT_FIXED || !(parts.get(counted) instanceof Regex.Repeat repeat)) {
      return parts;
    }
    least = Math.max(least, fixed + repeat.least());
    most = repeat.most() < 0 ? most : Math.min(most, fixed + repeat.most());
    List<Regex> left = new ArrayList<>(parts);
    left.set(counted, new Regex.Repeat(repeat.part(), 0, -1));
    return left;
  }

  private static boolean isLarge(Regex regex) {
    return regex instanceof Regex.Repeat repeat
        && repeat.part() instanceof Regex.One one
        && (long) Math.max(repeat.least(), repeat.most()) * states(one.set()) > FEW_STATES;
  }

  private static int states(CodePoints set) {
    boolean isAscii = set.ranges().isEmpty() || set.ranges().getLast().last() <= LAST_ASCII;
    return isAscii ? 1 : STATES_OF_ANY + set.ranges().size() / 2;
  }

  /** How many characters a part has always. */
  private static long length(Regex regex) {
    return switch (regex) {
      case Regex.One ignored -> 1;
      case Regex.Sequence sequence -> {
        long sum = 0;
        for (Regex part : sequence.parts()) {
          long length = length(part);
          if (length == NOT_FIXED) {
            yield NOT_FIXED;
          }
          sum += length;
        }
        yield sum;
      }
      case Regex.Choice choice -> {
        // Each part once: asked twice at each level, a hundred nested groups would never end.
        long first = length(choice.parts().getFirst());
        for (int i = 1; i < choice.parts().size() && first != NOT_FIXED; i++) {
          first = length(choice.parts().get(i)) == first ? first : NOT_FIXED;
        }
        yield first;
      }
      case Regex.Repeat repeat -> {
        long each = length(repeat.part());
        yield each == 0
            ? 0
            : each == NOT_FIXED || repeat.least() != repeat.most()
                ? NOT_FIXED
                : Math.min(each * repeat.least(), Integer.MAX_VALUE);
      }
      case Regex.Start ignored -> 0;
      case Regex.End ignored -> 0;
      case Regex.Look ignored -> 0;
    };
  }
}
