package dev.tsuku.llm.engine.backend;

import java.nio.ByteBuffer;

/**
 * The memory of token sequences and the place where they are computed. Owned by one thread, which
 * makes every call; closed before its model.
 *
 * <p>Positions count from 0 within a sequence. A range is {@code [from, to)}; {@code to} may be
 * {@link #END}.
 */
public interface BackendContext extends AutoCloseable {

  /** As the end of a range: everything from its start on. */
  int END = Integer.MAX_VALUE;

  /** Room for the tokens of all sequences together; at least what was asked for. */
  int contextTokens();

  /** Most tokens in one batch. */
  int batchTokens();

  /**
   * Whether a part of a sequence can be copied and removed, so that others may begin with it. The
   * memory of recurrent models knows only whole sequences.
   */
  boolean sharesPrefixes();

  /**
   * Whether answers and prompts are best computed in one batch. That reads the weights once, which
   * is most of the work of a GPU; on a processor it makes attention look at every cell for every
   * token, because a block of tokens is computed with all that any one of them sees.
   */
  boolean prefersMixedBatches();

  /**
   * Whether cells that no token of a batch sees make computing it slower. A GPU hardly notices; on
   * a processor every one of them is at least skipped.
   */
  boolean isSlowedByIdleCells();

  /**
   * Computes a batch. After {@link DecodeOutcome#DONE} the logits asked for can be read; after
   * {@link DecodeOutcome#NO_ROOM} nothing has changed; after {@link DecodeOutcome#ABORTED} part of
   * the batch may be in memory (see {@link #lastPosition}).
   *
   * @param batch at least one token, at most {@link #batchTokens()}; may be changed again once this
   *     returns
   * @param abort polled while computing; once it says true, the call returns soon
   * @throws BackendException of kind {@code DECODE_FAILED} if the backend reports a failure
   */
  DecodeOutcome decode(TokenBatch batch, AbortSignal abort);

  /**
   * The logits behind one token of the last batch: a view of the backend's own memory, one 32-bit
   * float in native order a vocabulary entry, not copied and not to be written to.
   *
   * @param index which token of the batch, from 0; its logits must have been asked for
   * @return valid until the next {@link #decode} or {@link #close}
   */
  ByteBuffer logits(int index);

  /** The last position of a sequence; -1 if it is empty. */
  int lastPosition(int sequence);

  /**
   * Forgets a range of a sequence.
   *
   * @return false if this kind of memory cannot forget just a part; then nothing has changed
   */
  boolean remove(int sequence, int from, int to);

  /** Makes the range of one sequence part of another too; the memory is shared, not doubled. */
  void copy(int sequence, int target, int from, int to);

  /** Forgets every sequence but one. */
  void keep(int sequence);

  /** Moves the range of a sequence by {@code delta} positions. */
  void shift(int sequence, int from, int to, int delta);

  /** Forgets everything. */
  void clear();

  /**
   * A text that differs where the states of sequences do not fit each other, for one model file.
   */
  String stateForm();

  /** The state of a sequence, to be restored into a context of the same model and version. */
  byte[] save(int sequence);

  /**
   * Replaces a sequence by a saved state. The bytes reach native code: only give it what {@link
   * #save} returned and nobody changed.
   *
   * @throws BackendException of kind {@code NO_ROOM} if too few cells are free, {@code
   *     STATE_REFUSED} if it does not fit for another reason; the sequence is then empty
   */
  void restore(int sequence, ByteBuffer state);

  /** Idempotent. */
  @Override
  void close();
}
