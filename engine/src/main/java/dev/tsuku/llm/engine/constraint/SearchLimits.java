package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.WorkBudget;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** How long the search for one token mask or shortest completion may take. Thread-safe. */
public interface SearchLimits {

  /** The limits of a daemon. */
  SearchLimits USUAL = of(Duration.ofMillis(2), Duration.ofSeconds(2));

  /** The budget of a search on the decode thread, and so at the cost of all other requests. */
  WorkBudget inline(MatcherState at);

  /**
   * The budget of a search on a worker, after which the request fails.
   *
   * @param goesOn asked now and then; false ends the search
   */
  WorkBudget work(MatcherState at, BooleanSupplier goesOn);

  /** How much processor time {@link #work} allows. */
  Duration longestWork();

  /**
   * The same everywhere.
   *
   * @param inline time on the decode thread
   * @param work processor time on a worker
   */
  static SearchLimits of(Duration inline, Duration work) {
    return new SameEverywhere(inline, work);
  }

  /** The same limits at each state. */
  record SameEverywhere(Duration longestInline, Duration longestWork) implements SearchLimits {

    @Override
    public WorkBudget inline(MatcherState at) {
      return WorkBudget.ofNanos(longestInline.toNanos());
    }

    @Override
    public WorkBudget work(MatcherState at, BooleanSupplier goesOn) {
      return WorkBudget.ofCpuNanos(longestWork.toNanos(), goesOn);
    }
  }
}
