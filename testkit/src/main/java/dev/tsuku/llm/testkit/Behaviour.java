package dev.tsuku.llm.testkit;

import java.util.List;
import java.util.Map;

/** What the weights of a {@link TinyGguf} make it do. */
sealed interface Behaviour {

  /**
   * Anything: weights are random, but the same for the same seed.
   *
   * @param never tokens that are never said
   */
  record Random(long seed, List<Integer> never) implements Behaviour {
    public Random {
      never = List.copyOf(never);
    }
  }

  /**
   * The next token depends on the last one alone.
   *
   * @param next what follows each token
   * @param otherwise what follows the tokens that are not in {@code next}
   */
  record Table(Map<Integer, Integer> next, int otherwise) implements Behaviour {
    public Table {
      next = Map.copyOf(next);
    }
  }
}
