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

  /**
   * Far more than a long conversation takes, and about a second at most. The depth fits into half a
   * megabyte of stack.
   */
  public static final Limits DEFAULT = new Limits(50_000_000, 64 << 20, 600);
}
