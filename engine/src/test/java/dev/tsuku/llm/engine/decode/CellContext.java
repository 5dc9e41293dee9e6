package dev.tsuku.llm.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.SequenceBuilder;
import dev.tsuku.llm.engine.backend.SequenceState;
import dev.tsuku.llm.engine.backend.TokenBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A context that keeps to the rules of a real one: there is room for so many tokens in each
 * sequence and no more, and a step that is given up leaves part of its tokens behind. The model in
 * it is {@link Letters}.
 */
final class CellContext implements BackendContext {

  private final int batchTokens;
  private final List<List<Integer>> sequences = new ArrayList<>();
  private final Map<Integer, List<Integer>> wanted = new HashMap<>();
  private final boolean shares;
  private ContextShape shape;
  boolean mixes = true;

  /** Before this position, so few tokens are best computed at once. */
  int near;

  int nearTokens = 1;
  final List<Integer> batchSizes = new ArrayList<>();
  final List<ContextShape> shapes = new ArrayList<>();
  int computed;
  int openStates;
  private long nanos;

  /** How the next blocks are refused that are to be put together. */
  Optional<BackendException.Kind> failure = Optional.empty();

  /** Whether states are too large to be moved. */
  boolean heavy;

  /** The same of states of more tokens. */
  int heavierThan = Integer.MAX_VALUE;

  /** States of so many tokens, or more, are refused. */
  int refusesFrom = Integer.MAX_VALUE;

  /** Whether copies are made by the next decode only. */
  boolean copiesLate;

  int copies;
  private final Set<Integer> copied = new HashSet<>();

  /** How often a state was taken. */
  int states;

  /** Whether there is no memory for another shape. */
  boolean cannotReshape;

  CellContext(ContextShape shape, int batchTokens, boolean shares) {
    this.batchTokens = batchTokens;
    this.shares = shares;
    this.shape = shape;
    empty();
  }

  private void empty() {
    sequences.clear();
    for (int i = 0; i < shape.sequences(); i++) {
      sequences.add(new ArrayList<>());
    }
  }

  /** The time: a step takes most of it, a token little. */
  long nanos() {
    return nanos;
  }

  int usedCells() {
    return sequences.stream().mapToInt(List::size).sum();
  }

  @Override
  public ContextShape shape() {
    return shape;
  }

  @Override
  public int batchTokens() {
    return batchTokens;
  }

  @Override
  public int computeThreads() {
    return 1;
  }

  @Override
  public boolean prefersMixedBatches() {
    return mixes;
  }

  @Override
  public boolean sharesPrefixes() {
    return shares;
  }

  @Override
  public int stepTokens(int position) {
    return position < near ? Math.min(batchTokens, nearTokens) : batchTokens;
  }

  @Override
  public DecodeOutcome decode(TokenBatch batch, AbortSignal abort) {
    wanted.clear();
    copied.clear();
    for (int i = 0; i < batch.size(); i++) {
      if (i == batch.size() / 2 && abort.raised()) {
        return DecodeOutcome.ABORTED;
      }
      List<Integer> sequence = sequences.get(batch.sequence(i));
      if (batch.position(i) != sequence.size()) {
        throw new AssertionError("position " + batch.position(i) + " after " + sequence.size());
      }
      if (sequence.size() == shape.tokens()) {
        throw new AssertionError("more than " + shape.tokens() + " tokens in a sequence");
      }
      sequence.add(batch.token(i));
      if (batch.wantsLogits(i)) {
        wanted.put(i, List.copyOf(sequence));
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
    List<Integer> tokens = sequences.get(sequence);
    if (to != END) {
      throw new AssertionError("nobody needs holes");
    }
    if (from >= tokens.size()) {
      return true;
    }
    if (!shares && from > 0) {
      return false;
    }
    tokens.subList(from, tokens.size()).clear();
    return true;
  }

  @Override
  public boolean copyStart(int sequence, int target, int tokens) {
    if (!shares) {
      throw new AssertionError("this memory knows no parts");
    }
    List<Integer> start = List.copyOf(sequences.get(sequence).subList(0, tokens));
    sequences.get(target).clear();
    sequences.get(target).addAll(start);
    copies++;
    if (copiesLate) {
      copied.add(sequence);
      copied.add(target);
    }
    return true;
  }

  @Override
  public boolean movesStates() {
    return true;
  }

  @Override
  public String stateForm() {
    return "fake";
  }

  @Override
  public SequenceState state(int sequence) {
    List<Integer> tokens = List.copyOf(sequences.get(sequence));
    if (copied.contains(sequence)) {
      throw new BackendException(BackendException.Kind.STATE_PENDING, "It is still to be copied.");
    }
    if (tokens.size() >= refusesFrom) {
      throw new BackendException(BackendException.Kind.STATE_REFUSED, "It is too large.");
    }
    openStates++;
    states++;
    return new SequenceState() {
      @Override
      public int tokens() {
        return tokens.size();
      }

      @Override
      public byte[] block(int from, int to) {
        ByteBuffer block = ByteBuffer.allocate(4 + 4 * (to - from)).putInt(from);
        tokens.subList(from, to).forEach(block::putInt);
        return block.array();
      }

      @Override
      public void close() {
        openStates--;
      }
    };
  }

  @Override
  public long stateBytes(int sequence) {
    return heavy || sequences.get(sequence).size() > heavierThan
        ? 1L << 40
        : 4L * sequences.get(sequence).size();
  }

  @Override
  public SequenceBuilder build(int sequence, int most) {
    ContextShape at = shape;
    List<Integer> tokens = new ArrayList<>();
    openStates++;
    return new SequenceBuilder() {
      @Override
      public void add(ByteBuffer block) {
        failure.ifPresent(
            kind -> {
              throw new BackendException(kind, "It does not fit.");
            });
        assertThat(block.getInt()).isEqualTo(tokens.size());
        while (block.hasRemaining()) {
          tokens.add(block.getInt());
        }
      }

      @Override
      public int tokens() {
        return tokens.size();
      }

      @Override
      public void finish() {
        assertThat(tokens).hasSizeLessThanOrEqualTo(Math.min(most, at.tokens()));
        assertThat(shape).isSameAs(at);
        sequences.get(sequence).clear();
        sequences.get(sequence).addAll(tokens);
      }

      @Override
      public void close() {
        openStates--;
      }
    };
  }

  @Override
  public void reshape(ContextShape wanted) {
    if (!cannotReshape) {
      shape = wanted;
      shapes.add(wanted);
    }
    empty();
    if (cannotReshape) {
      throw new BackendException(BackendException.Kind.CONTEXT_FAILED, "There is no memory.");
    }
  }

  @Override
  public void close() {}
}
