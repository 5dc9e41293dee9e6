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

  private static final long STEPS = 50_000_000;
  private static final int DEPTH = 600;
  private static final long FEWEST_CHARACTERS = 4 << 20;
  private static final long MOST_CHARACTERS = 64 << 20;

  /** For a template that is given little. */
  public static final Limits DEFAULT = forInput(0);

  /** For what is never given to a template whole. */
  public static final Limits MOST = forInput(MOST_CHARACTERS);

  /**
   * Far more than a template takes for what it is given, and about a second at most. The memory
   * fits beside what else a small heap holds, the depth into half a megabyte of stack.
   */
  public static Limits forInput(long characters) {
    long many = FEWEST_CHARACTERS + 12 * Math.min(characters, MOST_CHARACTERS);
    return new Limits(STEPS, Math.min(many, MOST_CHARACTERS), DEPTH);
  }
}
