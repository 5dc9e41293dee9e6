package dev.tsuku.llm.bench;

/**
 * One thing that users of both servers do, measured in turns.
 *
 * @param name for the table
 * @param unit of what is measured
 * @param goal for the ratio of ours to theirs
 * @param measure one value of one server
 */
record Scenario(String name, Unit unit, Goal goal, Measure measure) {

  /** What is measured, and which of two values is the better one. */
  enum Unit {
    MILLIS("ms"),
    SECONDS("s"),
    RATE("tokens/s");

    private final String label;

    Unit(String label) {
      this.label = label;
    }

    @Override
    public String toString() {
      return label;
    }
  }

  /**
   * What the ratio shall be.
   *
   * @param limit at most this for a time, at least this for a rate
   */
  record Goal(double limit) {

    String of(Unit unit) {
      return (unit == Unit.RATE ? "≥ " : "≤ ") + limit;
    }
  }

  /** Measures a server once. */
  @FunctionalInterface
  interface Measure {

    /**
     * Asks, and says what that took.
     *
     * @param round from 0; both servers are asked the same in a round, and something else in the
     *     next
     */
    double of(Peer peer, int round) throws Exception;
  }
}
