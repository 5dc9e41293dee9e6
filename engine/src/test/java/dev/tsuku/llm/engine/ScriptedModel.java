package dev.tsuku.llm.engine;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
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
import java.util.concurrent.CountDownLatch;

/**
 * A model that says what a test wrote down. Tokens 0 to 255 are bytes, 256 ends the answer, 257 is
 * {@code <|im_start|>}. It answers any prompt with the scripted bytes, one a token, and then ends
 * (or goes on with 'x' for ever). It keeps the rules of a real context: positions must follow one
 * another, logits exist only where they were asked for.
 */
final class ScriptedModel implements BackendModel {

  static final int END = 256;
  static final int START = 257;

  final List<List<Integer>> batches = new ArrayList<>();
  final List<String> calls = new ArrayList<>();

  /** How long the texts were that were tokenized. */
  final List<Integer> tokenized = new ArrayList<>();

  private final byte[] answer;
  private final boolean ends;
  private int trainedContextTokens = 1024;
  private boolean chats;
  private Optional<String> chatTemplate = Optional.empty();
  private boolean contextFails;
  private Optional<RuntimeException> decodeFailure = Optional.empty();
  private Optional<Error> decodeError = Optional.empty();
  private Optional<CountDownLatch> vocabularyLoss = Optional.empty();
  private int vocabulariesGiven;
  private Runnable beforeTokenizing = () -> {};
  Optional<CountDownLatch> decoding = Optional.empty();
  Optional<CountDownLatch> goOn = Optional.empty();
  private boolean open = true;
  private boolean contextOpen;

  private ScriptedModel(byte[] answer, boolean ends) {
    this.answer = answer;
    this.ends = ends;
  }

  static ScriptedModel says(String text) {
    return new ScriptedModel(text.getBytes(StandardCharsets.UTF_8), true);
  }

  static ScriptedModel neverEnds() {
    return new ScriptedModel(new byte[0], false);
  }

  ScriptedModel withContextTokens(int tokens) {
    trainedContextTokens = tokens;
    return this;
  }

  ScriptedModel thatChats() {
    chats = true;
    return this;
  }

  /** A model whose file carries this template. */
  ScriptedModel withTemplate(String source) {
    chatTemplate = Optional.of(source);
    return this;
  }

  ScriptedModel withoutMemoryForAContext() {
    contextFails = true;
    return this;
  }

  ScriptedModel thatFailsToDecode() {
    decodeFailure =
        Optional.of(
            new BackendException(BackendException.Kind.DECODE_FAILED, "the computer is tired"));
    return this;
  }

  /** The next decode, and none after it, ends with this error. */
  ScriptedModel thatFailsOnceWith(Error error) {
    decodeError = Optional.of(error);
    return this;
  }

  /** Does this before each text it makes tokens of, on the decode thread. */
  ScriptedModel beforeTokenizing(Runnable action) {
    beforeTokenizing = action;
    return this;
  }

  /** Whoever asks a second time for the vocabulary waits and gets an error: the decode thread. */
  ScriptedModel thatLosesItsVocabulary(CountDownLatch released) {
    vocabularyLoss = Optional.of(released);
    return this;
  }

  /** From now on, a decode says that it has begun and waits to be let go on, or for an abort. */
  ScriptedModel thatWaits(CountDownLatch begun, CountDownLatch released) {
    decoding = Optional.of(begun);
    goOn = Optional.of(released);
    return this;
  }

  boolean isOpen() {
    return open;
  }

  @Override
  public Vocabulary vocabulary() {
    vocabulariesGiven++;
    if (vocabularyLoss.isPresent() && vocabulariesGiven > 1) {
      while (vocabularyLoss.get().getCount() > 0) {
        Thread.onSpinWait();
      }
      throw new NoClassDefFoundError("words");
    }
    return new Bytes();
  }

  @Override
  public int trainedContextTokens() {
    return trainedContextTokens;
  }

  @Override
  public Optional<String> metadata(String key) {
    return Optional.empty();
  }

  @Override
  public Optional<String> chatTemplate() {
    return chatTemplate;
  }

  @Override
  public String description() {
    return "scripted";
  }

  @Override
  public long sizeBytes() {
    return 0;
  }

  @Override
  public BackendContext open(ContextSettings settings) {
    if (contextFails) {
      throw new BackendException(BackendException.Kind.CONTEXT_FAILED, "no memory");
    }
    contextOpen = true;
    return new Context(settings);
  }

  @Override
  public void close() {
    if (contextOpen) {
      throw new IllegalStateException("the model was closed before its context");
    }
    open = false;
    calls.add("model closed");
  }

  private final class Bytes implements Vocabulary {

    @Override
    public int size() {
      return 258;
    }

    @Override
    public int[] tokenize(String text, SpecialTokens special, boolean start) {
      tokenized.add(text.length());
      beforeTokenizing.run();
      List<Integer> tokens = new ArrayList<>();
      String rest = text;
      while (!rest.isEmpty()) {
        if (special == SpecialTokens.PARSED && rest.startsWith("<|im_start|>")) {
          tokens.add(START);
          rest = rest.substring("<|im_start|>".length());
        } else {
          for (byte b : rest.substring(0, 1).getBytes(StandardCharsets.UTF_8)) {
            tokens.add(b & 0xff);
          }
          rest = rest.substring(1);
        }
      }
      return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public byte[] bytes(int token) {
      return token < 256 ? new byte[] {(byte) token} : new byte[0];
    }

    @Override
    public String text(int token) {
      return Integer.toString(token);
    }

    @Override
    public boolean endsGeneration(int token) {
      return token == END;
    }

    @Override
    public boolean isControl(int token) {
      return token >= 256;
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
      return chats && text.equals("<|im_start|>") ? OptionalInt.of(START) : OptionalInt.empty();
    }
  }

  private final class Context implements BackendContext {

    private final ContextSettings settings;
    private final int[] lengths;
    private final int[] said;
    private final Map<Integer, Integer> wanted = new HashMap<>();

    Context(ContextSettings settings) {
      this.settings = settings;
      this.lengths = new int[settings.shape().sequences()];
      this.said = new int[settings.shape().sequences()];
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
      decodeFailure.ifPresent(
          failure -> {
            throw failure;
          });
      Optional<Error> error = decodeError;
      decodeError = Optional.empty();
      error.ifPresent(
          e -> {
            throw e;
          });
      decoding.ifPresent(CountDownLatch::countDown);
      while (goOn.isPresent() && goOn.get().getCount() > 0) {
        if (abort.raised()) {
          return DecodeOutcome.ABORTED;
        }
        Thread.onSpinWait();
      }
      List<Integer> tokens = new ArrayList<>();
      wanted.clear();
      for (int i = 0; i < batch.size(); i++) {
        int sequence = batch.sequence(i);
        if (batch.position(i) != lengths[sequence]) {
          throw new AssertionError("position " + batch.position(i) + " after " + lengths[sequence]);
        }
        lengths[sequence]++;
        tokens.add(batch.token(i));
        if (batch.wantsLogits(i)) {
          wanted.put(i, sequence);
        }
      }
      batches.add(tokens);
      return DecodeOutcome.DONE;
    }

    @Override
    public ByteBuffer logits(int index) {
      Integer sequence = wanted.get(index);
      if (sequence == null) {
        throw new AssertionError("logits of token " + index + " were not asked for");
      }
      int at = said[sequence]++;
      int next = at < answer.length ? answer[at] & 0xff : ends ? ScriptedModel.END : 'x';
      return ByteBuffer.allocate(258 * Float.BYTES)
          .order(ByteOrder.nativeOrder())
          .putFloat(next * Float.BYTES, 1);
    }

    @Override
    public int lastPosition(int sequence) {
      return lengths[sequence] - 1;
    }

    @Override
    public boolean remove(int sequence, int from, int to) {
      lengths[sequence] = Math.min(lengths[sequence], from);
      if (from == 0) {
        said[sequence] = 0;
      }
      return true;
    }

    @Override
    public boolean copyStart(int sequence, int target, int count) {
      if (count > lengths[sequence]) {
        throw new AssertionError("copying " + count + " of " + lengths[sequence]);
      }
      lengths[target] = count;
      said[target] = 0;
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
    public void close() {
      contextOpen = false;
      calls.add("context closed");
    }
  }
}
