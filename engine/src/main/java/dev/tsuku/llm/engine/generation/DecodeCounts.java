package dev.tsuku.llm.engine.generation;

/**
 * How the tokens of an answer came about.
 *
 * @param forwardPasses of the model that chose at least one token; the prompt's last one is the
 *     first of them
 * @param forced tokens that had to come, so that none was chosen
 * @param drafted draft tokens that were computed behind the last token
 * @param accepted of those, the ones that became a part of the answer
 */
public record DecodeCounts(int forwardPasses, int forced, int drafted, int accepted) {

  /** Of an answer that has not begun. */
  public static final DecodeCounts NONE = new DecodeCounts(0, 0, 0, 0);
}
