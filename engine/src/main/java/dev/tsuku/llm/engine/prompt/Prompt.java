package dev.tsuku.llm.engine.prompt;

/**
 * What a request asks, as a model reads it. The text is kept so that the answer can be remembered
 * with it.
 */
public final class Prompt {

  /** What an answer begins with. */
  public enum Opening {
    /** What the model says, or thinks if it likes. */
    ANSWER,
    /** What the model thinks. */
    THINKING,
    /** The header of a message, which says whom the message is for. */
    HEADER
  }

  private final RenderedText text;
  private final int[] tokens;

  Prompt(RenderedText text, int[] tokens) {
    this.text = text;
    this.tokens = tokens;
  }

  /** The tokens; not to be written to. */
  public int[] tokens() {
    return tokens;
  }

  /** How the answer begins, as the end of the prompt has it. */
  public Opening opening() {
    return text.endsWith("<think>")
        ? Opening.THINKING
        : text.endsWith("<|start|>assistant") ? Opening.HEADER : Opening.ANSWER;
  }

  RenderedText text() {
    return text;
  }
}
