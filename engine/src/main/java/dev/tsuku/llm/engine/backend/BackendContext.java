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

  /** How many sequences there are, and the room for each; at least what was asked for. */
  ContextShape shape();

  /** Most tokens in one batch. */
  int batchTokens();

  /**
   * Whether the end of a sequence can be removed and its beginning copied, so that others may begin
   * with it. The memory of recurrent models knows only whole sequences.
   */
  boolean sharesPrefixes();

  /**
   * Whether {@link #state} and {@link #build} can be used at all; of a single sequence they may
   * fail all the same.
   */
  boolean movesStates();

  /**
   * Whether answers and prompts are best computed in one batch. That reads the weights once, which
   * is most of the work of a GPU; a processor computes an answer's token and a prompt of another
   * length in several steps anyway.
   */
  boolean prefersMixedBatches();

  /**
   * Most tokens of one prompt that are best computed at once.
   *
   * @param position of the first of them
   * @return at least 1, at most {@link #batchTokens()}
   */
  int stepTokens(int position);

  /** How many threads of the processor compute the next step of one token. */
  int computeThreads();

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

  /**
   * Replaces a sequence by the beginning of another.
   *
   * @return false if this kind of memory cannot; then the target is empty
   */
  boolean copyStart(int sequence, int target, int tokens);

  /**
   * A text that differs where the states of sequences do not fit each other, for one model file.
   */
  String stateForm();

  /**
   * What it holds of a sequence, to be used in a context of the same model and version.
   *
   * @throws BackendException of kind {@code STATE_REFUSED} if its parts cannot be told apart or it
   *     is too large, {@code STATE_PENDING} if it is there after the next decode only
   */
  SequenceState state(int sequence);

  /** How large the {@link #state} of a sequence is, about, in bytes. */
  long stateBytes(int sequence);

  /**
   * Begins to make a sequence of saved blocks.
   *
   * @param tokens how many they have together
   */
  SequenceBuilder build(int sequence, int tokens);

  /**
   * Divides its memory anew. Whatever it holds is forgotten.
   *
   * @throws BackendException of kind {@code CONTEXT_FAILED} if that memory cannot be had; then it
   *     is empty and has the shape that it had
   * @throws IllegalStateException if that cannot be had again either; then it can only be closed
   */
  void reshape(ContextShape shape);

  @Override
  void close();
}
