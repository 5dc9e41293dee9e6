package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.ContextShape;

/**
 * The ways in which the cells of a context can be divided among requests: for many short ones, or
 * for few long ones. Sizes in tokens.
 */
public final class Shapes {

  /** Backends count room in steps of this size. */
  private static final int STEP = 256;

  private final int cells;
  private final int most;
  private final int longest;

  /**
   * All ways to divide.
   *
   * @param cells room for the tokens of all requests together
   * @param most how many requests may be at work at once
   * @param longest what one request may have
   */
  public Shapes(int cells, int most, int longest) {
    this.cells = cells;
    this.most = most;
    this.longest = Math.min(longest, cells);
  }

  /** For as many requests as there may be. */
  public ContextShape widest() {
    return of(most);
  }

  /** For so many requests: all cells are used, but for what a step leaves over. */
  ContextShape of(int sequences) {
    int room = cells / sequences;
    int whole = room < STEP ? Math.max(1, room) : room / STEP * STEP;
    return new ContextShape(sequences, sequences == 1 ? longest : Math.min(whole, longest));
  }
}
