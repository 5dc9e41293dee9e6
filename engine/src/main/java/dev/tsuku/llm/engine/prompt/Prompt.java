package dev.tsuku.llm.engine.prompt;

/**
 * What a request asks, as a model reads it. The text is kept so that the answer can be remembered
 * with it.
 */
public final class Prompt {

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

  /** Whether the answer begins with what the model thinks, because the prompt says so. */
  public boolean beginsThinking() {
    return text.endsWith("<think>");
  }

  RenderedText text() {
    return text;
  }
}
