package dev.tsuku.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.FaultIsolationTest.Stage;
import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendModel;
import dev.tsuku.llm.engine.backend.ContextSettings;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.SequenceBuilder;
import dev.tsuku.llm.engine.backend.SequenceState;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.engine.backend.Vocabulary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A model over bytes whose next byte is a function of the sequence's own bytes, and which fails at
 * one stage of requests whose prompt begins with the poison.
 */
public final class EchoModel implements BackendModel {

  private static final int END = 256;
  private static final int SIZE = 257;

  private final Optional<Stage> fault;

  /** The thread that has just been given the logits of a poisoned sequence. */
  private volatile @Nullable Thread armed;

  private final AtomicInteger faults = new AtomicInteger();

  /** A model without faults. */
  public EchoModel() {
    this(Optional.empty());
  }

  EchoModel(Optional<Stage> fault) {
    this.fault = fault;
  }

  private void failAt(Stage stage, boolean isHere) {
    if (isHere && fault.filter(stage::equals).isPresent()) {
      armed = null;
      faults.incrementAndGet();
      throw new IllegalStateException("injected");
    }
  }

  /** How many faults there were, apart from those that its template makes. */
  int faults() {
    return faults.get();
  }

  private boolean isArmed() {
    return armed == Thread.currentThread();
  }

  private static boolean isDrafting() {
    return StackWalker.getInstance()
        .walk(frames -> frames.anyMatch(it -> it.getClassName().endsWith("BatchFiller")));
  }

  @Override
  public Vocabulary vocabulary() {
    return new Words();
  }

  @Override
  public int trainedContextTokens() {
    return 1024;
  }

  @Override
  public Optional<String> chatTemplate() {
    return fault
        .filter(Stage.TEMPLATE::equals)
        .map(
            stage ->
                "{% for m in messages %}{% if '"
                    + FaultIsolationTest.POISON
                    + "' in m.content %}{{ 1 / 0 }}{% endif %}{{ m.content }}{% endfor %}");
  }

  @Override
  public Optional<String> metadata(String key) {
    return Optional.empty();
  }

  @Override
  public String description() {
    return "echo";
  }

  @Override
  public long sizeBytes() {
    return 0;
  }

  @Override
  public BackendContext open(ContextSettings settings) {
    return new Memory(settings);
  }

  @Override
  public void close() {}

  private final class Words implements Vocabulary {

    @Override
    public int size() {
      return SIZE;
    }

    @Override
    public int[] tokenize(String text, SpecialTokens special, boolean start) {
      failAt(Stage.TOKENIZE, text.indexOf(FaultIsolationTest.POISON) >= 0);
      failAt(Stage.FORCE, text.indexOf(FaultIsolationTest.POISON) >= 0);
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      int[] tokens = new int[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        tokens[i] = bytes[i] & 0xff;
      }
      return tokens;
    }

    @Override
    public byte[] bytes(int token) {
      failAt(Stage.DETOKENIZE, isArmed());
      return token < END ? new byte[] {(byte) token} : new byte[0];
    }

    @Override
    public String text(int token) {
      return Integer.toString(token);
    }

    @Override
    public boolean endsGeneration(int token) {
      // The first thing that a matcher asks about a token.
      failAt(Stage.MATCH, isArmed());
      failAt(Stage.DRAFT, fault.isPresent() && isDrafting());
      return token == END;
    }

    @Override
    public boolean isControl(int token) {
      return token == END;
    }

    @Override
    public OptionalInt startToken() {
      return OptionalInt.empty();
    }

    @Override
    public OptionalInt bosToken() {
      return OptionalInt.empty();
    }

    @Override
    public OptionalInt eosToken() {
      return OptionalInt.of(END);
    }

    @Override
    public OptionalInt specialToken(String text) {
      return OptionalInt.empty();
    }
  }

  private final class Memory implements BackendContext {

    private final ContextSettings settings;
    private final List<List<Integer>> sequences = new ArrayList<>();
    private final Map<Integer, List<Integer>> wanted = new HashMap<>();

    Memory(ContextSettings settings) {
      this.settings = settings;
      for (int i = 0; i < settings.shape().sequences(); i++) {
        sequences.add(new ArrayList<>());
      }
    }

    @Override
    public ContextShape shape() {
      return settings.shape();
    }

    @Override
    public int batchTokens() {
      return settings.batchTokens();
    }

    @Override
    public int computeThreads() {
      return 1;
    }

    @Override
    public boolean prefersMixedBatches() {
      return true;
    }

    @Override
    public boolean sharesPrefixes() {
      return true;
    }

    @Override
    public int stepTokens(int position) {
      return batchTokens();
    }

    @Override
    public DecodeOutcome decode(TokenBatch batch, AbortSignal abort) {
      armed = null;
      wanted.clear();
      for (int i = 0; i < batch.size(); i++) {
        List<Integer> tokens = sequences.get(batch.sequence(i));
        assertThat(batch.position(i)).isEqualTo(tokens.size());
        tokens.add(batch.token(i));
        if (batch.wantsLogits(i)) {
          wanted.put(i, List.copyOf(tokens));
        }
      }
      return DecodeOutcome.DONE;
    }

    @Override
    public ByteBuffer logits(int index) {
      List<Integer> before = wanted.getOrDefault(index, List.of());
      boolean isPoisoned = before.getFirst() == FaultIsolationTest.POISON;
      armed = isPoisoned ? Thread.currentThread() : null;
      failAt(Stage.SAMPLE, isPoisoned);
      int hash = before.hashCode();
      ByteBuffer logits = ByteBuffer.allocate(SIZE * Float.BYTES).order(ByteOrder.nativeOrder());
      for (int token = 0; token < SIZE; token++) {
        logits.putFloat((hash * 31 + token * 7919) % 1000 / 1000f);
      }
      return logits.putFloat(('a' + Math.floorMod(hash, 26)) * Float.BYTES, 5).flip();
    }

    @Override
    public int lastPosition(int sequence) {
      return sequences.get(sequence).size() - 1;
    }

    @Override
    public boolean remove(int sequence, int from, int to) {
      List<Integer> tokens = sequences.get(sequence);
      if (from < tokens.size()) {
        tokens.subList(from, tokens.size()).clear();
      }
      return true;
    }

    @Override
    public boolean copyStart(int sequence, int target, int count) {
      List<Integer> start = List.copyOf(sequences.get(sequence).subList(0, count));
      sequences.get(target).clear();
      sequences.get(target).addAll(start);
      return true;
    }

    @Override
    public boolean movesStates() {
      return true;
    }

    @Override
    public String stateForm() {
      return "echo";
    }

    @Override
    public SequenceState state(int sequence) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long stateBytes(int sequence) {
      return 0;
    }

    @Override
    public SequenceBuilder build(int sequence, int count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void reshape(ContextShape shape) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
