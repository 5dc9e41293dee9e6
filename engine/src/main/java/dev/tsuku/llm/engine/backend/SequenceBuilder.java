package dev.tsuku.llm.engine.backend;

import java.nio.ByteBuffer;

/**
 * Makes a sequence of saved blocks, of which the context sees nothing before {@link #finish}.
 * Belongs to the thread that owns the context.
 */
public interface SequenceBuilder extends AutoCloseable {

  /**
   * Adds a block behind those before it. Its bytes reach native code: only give it what {@link
   * SequenceState#block} returned and nobody changed.
   *
   * @throws BackendException of kind {@code STATE_REFUSED} if it does not fit; those before it
   *     remain
   */
  void add(ByteBuffer block);

  /** How many tokens have been added. */
  int tokens();

  /**
   * Replaces the sequence by what was added.
   *
   * @throws BackendException of kind {@code STATE_REFUSED} if the backend refuses it; the sequence
   *     is then empty; {@code STATE_PENDING} if it can be replaced after the next decode only;
   *     nothing has changed then
   */
  void finish();

  @Override
  void close();
}
