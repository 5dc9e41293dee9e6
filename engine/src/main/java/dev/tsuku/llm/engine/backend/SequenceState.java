package dev.tsuku.llm.engine.backend;

/**
 * What a context held of a sequence, in memory of its own. Belongs to the thread that owns the
 * context, and outlives what happens to it.
 */
public interface SequenceState extends AutoCloseable {

  /** How many tokens it has. */
  int tokens();

  /**
   * A part of it, for {@link SequenceBuilder#add}.
   *
   * @param from index of its first token
   * @param to index behind its last one
   */
  byte[] block(int from, int to);

  @Override
  void close();
}
