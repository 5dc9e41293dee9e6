package dev.tsuku.llm.daemon.schedule;

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
import java.util.Optional;
import java.util.OptionalInt;

/** A model that is only loaded and closed, never asked; says when it is closed. */
final class IdleModel implements BackendModel {

  private final Runnable onClose;
  private final boolean dies;
  private boolean opened;

  IdleModel(Runnable onClose) {
    this(onClose, false);
  }

  /**
   * A model that may take its engine with it.
   *
   * @param dies whether the decode thread ends as soon as it begins
   */
  IdleModel(Runnable onClose, boolean dies) {
    this.onClose = onClose;
    this.dies = dies;
  }

  @Override
  public Vocabulary vocabulary() {
    if (dies && opened) {
      throw new NoClassDefFoundError("words");
    }
    return new Vocabulary() {
      @Override
      public int size() {
        return 0;
      }

      @Override
      public int[] tokenize(String text, SpecialTokens special, boolean start) {
        throw new UnsupportedOperationException();
      }

      @Override
      public byte[] bytes(int token) {
        throw new UnsupportedOperationException();
      }

      @Override
      public String text(int token) {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean endsGeneration(int token) {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean isControl(int token) {
        throw new UnsupportedOperationException();
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
        return OptionalInt.empty();
      }

      @Override
      public OptionalInt specialToken(String text) {
        return OptionalInt.empty();
      }
    };
  }

  @Override
  public int trainedContextTokens() {
    return 16;
  }

  @Override
  public Optional<String> metadata(String key) {
    return Optional.empty();
  }

  @Override
  public Optional<String> chatTemplate() {
    return Optional.empty();
  }

  @Override
  public String description() {
    return "idle";
  }

  @Override
  public long sizeBytes() {
    return 0;
  }

  @Override
  public BackendContext open(ContextSettings settings) {
    opened = true;
    return new IdleContext();
  }

  @Override
  public void close() {
    onClose.run();
  }

  private static final class IdleContext implements BackendContext {

    @Override
    public ContextShape shape() {
      return new ContextShape(1, 16);
    }

    @Override
    public int batchTokens() {
      return 16;
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
      return false;
    }

    @Override
    public int stepTokens(int position) {
      return batchTokens();
    }

    @Override
    public DecodeOutcome decode(TokenBatch batch, AbortSignal abort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ByteBuffer logits(int index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int lastPosition(int sequence) {
      return -1;
    }

    @Override
    public boolean remove(int sequence, int from, int to) {
      return true;
    }

    @Override
    public boolean copyStart(int sequence, int target, int tokens) {
      return false;
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
    public SequenceBuilder build(int sequence, int tokens) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void reshape(ContextShape shape) {}

    @Override
    public void close() {}
  }
}
