package dev.tsuku.llm.engine.backend;

/**
 * How the memory of a context is divided.
 *
 * @param sequences how many sequences there may be, numbered from 0
 * @param tokens room for the tokens of each
 */
public record ContextShape(int sequences, int tokens) {

  public ContextShape {
    if (sequences < 1 || tokens < 1) {
      throw new IllegalArgumentException("every size must be at least 1");
    }
  }

  /** Room for the tokens of all sequences together. */
  public long cells() {
    return (long) sequences * tokens;
  }
}
