package dev.tsuku.llm.template.jinja.value;

/**
 * How much one rendering may cost.
 *
 * @param steps nodes of the template that are evaluated, and work that is worth as much
 * @param characters written in all, into the prompt and into strings on the way to it; an element
 *     of a list counts as several
 * @param depth of evaluation within evaluation: expressions, blocks, macros, values within values
 */
public record Limits(long steps, long characters, int depth) {

  private static final long FEWEST_STEPS = 1_000_000;
  private static final long MOST_STEPS = 10_000_000;
  private static final int STEPS_OF_A_CHARACTER = 4;
  private static final int STEPS_OF_TWO_TURNS = 10;
  private static final int DEPTH = 600;
  private static final long FEWEST_CHARACTERS = 4 << 20;
  private static final long MOST_CHARACTERS = 64 << 20;

  /** For a template that is given little. */
  public static final Limits DEFAULT = forInput(0, 1);

  /** For JSON of a request, which no template writes. */
  public static final Limits MOST = new Limits(5 * MOST_STEPS, MOST_CHARACTERS, DEPTH);

  /**
   * At least twice what any template of known models takes, some of which look at each turn for
   * each other, and 200 ms of work at most. The memory fits beside what else a small heap holds,
   * the depth into half a megabyte of stack.
   *
   * @param characters of the conversation
   * @param turns of the conversation
   */
  public static Limits forInput(long characters, int turns) {
    long input = Math.min(characters, MOST_CHARACTERS);
    long steps =
        FEWEST_STEPS + STEPS_OF_A_CHARACTER * input + STEPS_OF_TWO_TURNS * (long) turns * turns;
    return new Limits(
        Math.min(steps, MOST_STEPS),
        Math.min(FEWEST_CHARACTERS + 12 * input, MOST_CHARACTERS),
        DEPTH);
  }
}
