package dev.tsuku.llm.grammar.match;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A completion of a partial value: short, nearly always the shortest. It is cached in the states
 * along the way, so that asking again after every token costs little.
 *
 * @param symbols how many bytes and marks are missing
 * @param text the first of them
 * @param then where they lead; null at the end
 */
public record ShortestCompletion(int symbols, String text, @Nullable MatcherState then) {

  /** Places that are tried before it is said that there is no way. */
  private static final int MOST_TRIED = 20_000;

  /**
   * Places in arrays whose items must differ that turn out to lead nowhere. What is used up there
   * stays so in whichever order it is tried.
   */
  private static final int MOST_IN_VAIN = 1_000;

  /** Longer values are never asked for. */
  private static final int MOST_BYTES = 4 << 20;

  /** A place on the way, and what was not tried there yet. */
  private record Step(MatcherState at, String text, Iterator<String> ways) {}

  /** A way to the end; empty if none is found. */
  public static Optional<ShortestCompletion> of(MatcherState from) {
    return of(from, WorkBudget.unlimited());
  }

  /**
   * A way to the end.
   *
   * @return empty if none is found, or the budget is exhausted before one is
   */
  public static Optional<ShortestCompletion> of(MatcherState from, WorkBudget budget) {
    if (from.ending == null && !from.isEndless) {
      find(from, budget);
      from.isEndless = from.ending == null && !budget.isExhausted();
    }
    return Optional.ofNullable(from.ending);
  }

  /** All that is missing, as symbols. */
  public String all() {
    StringBuilder all = new StringBuilder(symbols);
    ShortestCompletion at = this;
    while (true) {
      all.append(at.text);
      MatcherState then = at.then;
      if (then == null || then.ending == null) {
        return all.toString();
      }
      at = then.ending;
    }
  }

  private static void find(MatcherState from, WorkBudget budget) {
    Deque<Step> way = new ArrayDeque<>();
    Set<MatcherState> tried = new HashSet<>();
    way.push(new Step(from, "", from.ways().iterator()));
    int length = 0;
    int inVain = 0;
    while (!way.isEmpty() && tried.size() < MOST_TRIED && length < MOST_BYTES && budget.allows()) {
      Step step = way.getFirst();
      if (step.at().ending != null || step.at().isComplete()) {
        keep(way);
        return;
      }
      if (!step.ways().hasNext()) {
        way.pop();
        if (step.at().isAmongUnique() && ++inVain > MOST_IN_VAIN) {
          return;
        }
        length -= step.text().length();
        continue;
      }
      Reached reached = follow(step.at(), step.ways().next());
      if (reached != null && tried.add(reached.at())) {
        length += reached.text().length();
        way.push(new Step(reached.at(), reached.text(), reached.at().ways().iterator()));
      }
    }
  }

  private record Reached(MatcherState at, String text) {}

  private static @Nullable Reached follow(MatcherState from, String text) {
    StringBuilder written = new StringBuilder();
    MatcherState at = from;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int b = text.codePointAt(i);
      MatcherState next = at.next(b);
      if (next == null) {
        // Where one space was written, all others have to be.
        MatcherState spaced = at.next(' ');
        next = spaced == null ? null : spaced.next(b);
        written.append(' ');
      }
      if (next == null) {
        return null;
      }
      written.appendCodePoint(b);
      at = next;
    }
    return new Reached(at, written.toString());
  }

  private static void keep(Deque<Step> way) {
    Step last = way.pop();
    MatcherState at = last.at();
    if (at.ending == null) {
      at.ending = new ShortestCompletion(0, "", null);
    }
    String text = last.text();
    while (!way.isEmpty()) {
      Step before = way.pop();
      ShortestCompletion behind = at.ending;
      if (behind != null) {
        before.at().ending =
            new ShortestCompletion(
                behind.symbols() + text.codePointCount(0, text.length()), text, at);
      }
      at = before.at();
      text = before.text();
    }
  }
}
