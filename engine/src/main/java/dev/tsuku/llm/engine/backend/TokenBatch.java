package dev.tsuku.llm.engine.backend;

import java.util.Objects;

/**
 * Tokens to be computed in one call: each with its position, its sequence, and whether the logits
 * behind it are wanted. Plain arrays, filled and cleared by one thread; a backend copies them where
 * it needs them.
 */
public final class TokenBatch {

  private final int[] tokens;
  private final int[] positions;
  private final int[] sequences;
  private final boolean[] logits;
  private int size;

  /**
   * An empty batch.
   *
   * @param capacity most tokens it can hold
   */
  public TokenBatch(int capacity) {
    tokens = new int[capacity];
    positions = new int[capacity];
    sequences = new int[capacity];
    logits = new boolean[capacity];
  }

  /**
   * Appends a token.
   *
   * @return its index in this batch
   */
  public int add(int token, int position, int sequence, boolean wantsLogits) {
    if (size == tokens.length) {
      throw new IllegalStateException("the batch is full (" + size + " tokens)");
    }
    tokens[size] = token;
    positions[size] = position;
    sequences[size] = sequence;
    logits[size] = wantsLogits;
    return size++;
  }

  public void clear() {
    size = 0;
  }

  public int size() {
    return size;
  }

  public int capacity() {
    return tokens.length;
  }

  public int token(int index) {
    return tokens[Objects.checkIndex(index, size)];
  }

  public int position(int index) {
    return positions[Objects.checkIndex(index, size)];
  }

  public int sequence(int index) {
    return sequences[Objects.checkIndex(index, size)];
  }

  public boolean wantsLogits(int index) {
    return logits[Objects.checkIndex(index, size)];
  }
}
