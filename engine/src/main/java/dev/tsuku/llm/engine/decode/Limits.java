package dev.tsuku.llm.engine.decode;

/**
 * How much a scheduler may do at once.
 *
 * @param running most requests at work
 * @param contextTokens room for one request, its prompt and its answer, in tokens
 * @param cells room for all of them, in tokens
 * @param besideAnswers most tokens of prompts that an answer under way waits for, however fast they
 *     are read; see {@link PromptPace}
 * @param draftTokens most draft tokens of an answer in one step; 0: none
 */
public record Limits(
    int running, int contextTokens, int cells, int besideAnswers, int draftTokens) {

  public Limits {
    if (running < 1 || contextTokens < 1 || besideAnswers < 1) {
      throw new IllegalArgumentException("limits that leave no room to work");
    }
    if (cells < contextTokens) {
      throw new IllegalArgumentException(
          cells + " cells have no room for " + contextTokens + " tokens");
    }
  }

  /** The ways in which the cells can be divided. */
  public Shapes shapes() {
    return new Shapes(cells, running, contextTokens);
  }
}
