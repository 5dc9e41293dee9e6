package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.TokenBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A context that keeps to the rules of a real one, cell by cell: sequences share cells where one
 * was copied from the other, there is room for so many cells and no more, and a step that is given
 * up leaves part of its tokens behind. The model in it is {@link Letters}.
 */
final class CellContext implements BackendContext {

  /** Compared by identity: what is shared is the same cell. */
  private static final class Cell {
    private final int token;

    Cell(int token) {
      this.token = token;
    }
  }

  private final int capacity;
  private final int batchTokens;
  private final List<List<Cell>> sequences = new ArrayList<>();
  private final Map<Integer, List<Integer>> wanted = new HashMap<>();
  private final boolean shares;
  private final int passage;
  private int passageStart;
  boolean mixes = true;
  boolean slowedByIdle;
  final List<Integer> batchSizes = new ArrayList<>();
  int computed;
  private long nanos;
  int refusals;

  CellContext(int capacity, int batchTokens, int sequenceCount, boolean shares) {
    this.capacity = capacity;
    this.batchTokens = batchTokens;
    this.shares = shares;
    this.passage = sequenceCount;
    for (int i = 0; i <= sequenceCount; i++) {
      sequences.add(new ArrayList<>());
    }
  }

  /** The time: a step takes most of it, a token little. */
  long nanos() {
    return nanos;
  }

  int usedCells() {
    Set<Cell> used = Collections.newSetFromMap(new IdentityHashMap<>());
    sequences.forEach(used::addAll);
    return used.size();
  }

  /** How the next states are refused that are to be restored. */
  Optional<BackendException.Kind> failure = Optional.empty();

  @Override
  public int contextTokens() {
    return capacity;
  }

  @Override
  public int batchTokens() {
    return batchTokens;
  }

  @Override
  public boolean prefersMixedBatches() {
    return mixes;
  }

  @Override
  public boolean isSlowedByIdleCells() {
    return slowedByIdle;
  }

  @Override
  public boolean sharesPrefixes() {
    return shares;
  }

  @Override
  public DecodeOutcome decode(TokenBatch batch, AbortSignal abort) {
    wanted.clear();
    if (usedCells() + batch.size() > capacity) {
      refusals++;
      return DecodeOutcome.NO_ROOM;
    }
    for (int i = 0; i < batch.size(); i++) {
      if (i == batch.size() / 2 && abort.raised()) {
        return DecodeOutcome.ABORTED;
      }
      List<Cell> sequence = sequences.get(batch.sequence(i));
      if (batch.position(i) != sequence.size()) {
        throw new AssertionError("position " + batch.position(i) + " after " + sequence.size());
      }
      sequence.add(new Cell(batch.token(i)));
      if (batch.wantsLogits(i)) {
        wanted.put(i, sequence.stream().map(cell -> cell.token).toList());
      }
    }
    computed += batch.size();
    nanos += 1_000 + 100L * batch.size();
    batchSizes.add(batch.size());
    return DecodeOutcome.DONE;
  }

  @Override
  public ByteBuffer logits(int index) {
    List<Integer> before = wanted.get(index);
    if (before == null) {
      throw new AssertionError("logits of token " + index + " were not asked for");
    }
    return ByteBuffer.allocate(27 * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .putFloat(Letters.next(before) * Float.BYTES, 1);
  }

  @Override
  public int lastPosition(int sequence) {
    return sequences.get(sequence).size() - 1;
  }

  @Override
  public boolean remove(int sequence, int from, int to) {
    List<Cell> cells = sequences.get(sequence);
    if (to != END) {
      throw new AssertionError("nobody needs holes");
    }
    if (from >= cells.size()) {
      return true;
    }
    if (!shares && from > 0) {
      return false;
    }
    cells.subList(from, cells.size()).clear();
    return true;
  }

  @Override
  public void copy(int sequence, int target, int from, int to) {
    if (!shares) {
      throw new AssertionError("this memory knows no parts");
    }
    if (target == passage) {
      passageStart = from;
      sequences.get(target).addAll(sequences.get(sequence).subList(from, to));
    } else {
      int start = sequence == passage ? passageStart : 0;
      if (sequences.get(target).size() != from) {
        throw new AssertionError("a sequence grows at its end");
      }
      sequences.get(target).addAll(sequences.get(sequence).subList(from - start, to - start));
    }
  }

  @Override
  public void keep(int sequence) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void shift(int sequence, int from, int to, int delta) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void clear() {
    sequences.forEach(List::clear);
  }

  @Override
  public String stateForm() {
    return "fake";
  }

  @Override
  public byte[] save(int sequence) {
    ByteBuffer state = ByteBuffer.allocate(4 + 4 * sequences.get(sequence).size());
    state.putInt(passageStart);
    sequences.get(sequence).forEach(cell -> state.putInt(cell.token));
    return state.array();
  }

  @Override
  public void restore(int sequence, ByteBuffer state) {
    int count = state.remaining() / 4 - 1;
    if (sequence != passage || !sequences.get(sequence).isEmpty()) {
      throw new AssertionError("states come through the passage only");
    }
    if (usedCells() + count > capacity) {
      throw new BackendException(BackendException.Kind.NO_ROOM, "There is no room.");
    }
    if (failure.isPresent()) {
      throw new BackendException(failure.get(), "It does not fit.");
    }
    passageStart = state.getInt();
    while (state.hasRemaining()) {
      sequences.get(sequence).add(new Cell(state.getInt()));
    }
  }

  @Override
  public void close() {}
}
