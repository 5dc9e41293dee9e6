package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.match.Context.Spacing;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.RegexException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** In a text that a regular expression has to match as a whole, outside of JSON. */
public final class PatternText extends MatcherState {

  private final Pattern pattern;
  private final int state;

  private PatternText(Pattern pattern, int state, Context context) {
    super(context);
    this.pattern = pattern;
    this.state = state;
  }

  /** The texts of an automaton, as far as they have no control characters. */
  private static final class Pattern {

    private final Dfa texts;

    /**
     * For each state, how many bytes are missing at least; {@link #NEVER} if it cannot be ended.
     */
    private final int[] missing;

    Pattern(Dfa texts, int[] missing) {
      this.texts = texts;
      this.missing = missing;
    }

    static final int NEVER = Integer.MAX_VALUE;

    static Pattern of(Dfa texts) {
      List<Set<Integer>> sources = new ArrayList<>();
      for (int state = 0; state < texts.states(); state++) {
        sources.add(new LinkedHashSet<>());
      }
      int[] missing = new int[texts.states()];
      Arrays.fill(missing, NEVER);
      Deque<Integer> open = new ArrayDeque<>();
      for (int state = 0; state < missing.length; state++) {
        for (int b = FIRST; b <= LAST; b++) {
          int target = texts.next(state, b);
          if (target != Dfa.DEAD) {
            sources.get(target).add(state);
          }
        }
        if (texts.accepts(state)) {
          missing[state] = 0;
          open.add(state);
        }
      }
      while (!open.isEmpty()) {
        int target = open.remove();
        for (int source : sources.get(target)) {
          if (missing[source] == NEVER) {
            missing[source] = missing[target] + 1;
            open.add(source);
          }
        }
      }
      return new Pattern(texts, missing);
    }

    int next(int state, int b) {
      int target = b < FIRST ? Dfa.DEAD : texts.next(state, b);
      return target == Dfa.DEAD || missing[target] == NEVER ? Dfa.DEAD : target;
    }

    boolean isOver(int state) {
      for (int b = FIRST; b <= LAST; b++) {
        if (next(state, b) != Dfa.DEAD) {
          return false;
        }
      }
      return texts.accepts(state);
    }
  }

  private static final int FIRST = ' ';
  private static final int LAST = 0xff;

  /**
   * Before the first byte of a text, each time with memory of its own.
   *
   * @throws RegexException if there is no text without control characters
   */
  public static Supplier<MatcherState> of(Dfa texts) {
    Pattern pattern = Pattern.of(texts);
    int start = texts.start();
    if (start == Dfa.DEAD || pattern.missing[start] == Pattern.NEVER) {
      throw new RegexException("no text without control characters matches it");
    }
    return () -> at(pattern, start, new Context(Spacing.NONE, new Shared(), null, Context.NO_TOOL));
  }

  private static MatcherState at(Pattern pattern, int state, Context context) {
    return pattern.isOver(state) ? new End(context) : new PatternText(pattern, state, context);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    int target = pattern.next(state, b);
    return target == Dfa.DEAD ? null : at(pattern, target, after);
  }

  @Override
  public boolean isComplete() {
    return pattern.texts.accepts(state);
  }

  @Override
  Iterable<String> ways() {
    // Letters first, so that what is made up is readable.
    for (int i = 0; i <= LAST; i++) {
      int b = (i + 'a') & LAST;
      int target = pattern.next(state, b);
      if (target != Dfa.DEAD && pattern.missing[target] < pattern.missing[state]) {
        return List.of(Character.toString(b));
      }
    }
    return List.of();
  }

  @Override
  List<Object> key() {
    return List.of(pattern.texts, state);
  }
}
