package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.llama.abi.CString;
import dev.tsuku.llm.llama.abi.ModelFunctions;
import dev.tsuku.llm.llama.abi.VocabFunctions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a {@link LlamaModel}, usable while that is open. Thread-safe: llama.cpp reads a
 * model's vocabulary and never changes it.
 *
 * <p>SentencePiece vocabularies put a space before a text's first word. For a piece that continues
 * a prompt this is undone by putting a character in front that no word of a vocabulary begins with,
 * and taking its tokens away again.
 */
public final class LlamaVocabulary implements Vocabulary {

  private static final int TYPE_NONE = 0;
  private static final int TYPE_SENTENCE_PIECE = 1;

  private static final int UNKNOWN = 1;
  private static final int UNUSED = 1 << 1;
  private static final int CONTROL = 1 << 3;
  private static final int USER_DEFINED = 1 << 4;
  private static final int BYTE = 1 << 5;

  private static final int NO_TEXT = CONTROL | UNKNOWN | UNUSED | USER_DEFINED;
  private static final byte[] NONE = {};

  private static final String SENTINEL = "\u0001";
  private static final int USUAL_TOKEN_BYTES = 64;

  private final LlamaModel model;
  private final int size;
  private final boolean prefixesSpace;
  private final OptionalInt bosToken;
  private final OptionalInt eosToken;
  private final boolean promptsBeginWithBos;
  private volatile int @Nullable [] sentinelTokens;
  private volatile @Nullable Map<String, Integer> specialTokens;

  private LlamaVocabulary(LlamaModel model, MemorySegment vocab, int size, boolean prefixesSpace) {
    this.model = model;
    this.size = size;
    this.prefixesSpace = prefixesSpace;
    this.bosToken = within(size, VocabFunctions.llama_vocab_bos(vocab));
    this.eosToken = within(size, VocabFunctions.llama_vocab_eos(vocab));
    this.promptsBeginWithBos = VocabFunctions.llama_vocab_get_add_bos(vocab);
  }

  static LlamaVocabulary of(LlamaModel model) {
    MemorySegment vocab = ModelFunctions.llama_model_get_vocab(model.handle());
    int type = VocabFunctions.llama_vocab_type(vocab);
    if (type == TYPE_NONE) {
      throw new BackendException(
          BackendException.Kind.LOAD_FAILED,
          "Cannot use " + model + ": it has no vocabulary, so it cannot read text.");
    }
    int size = VocabFunctions.llama_vocab_n_tokens(vocab);
    boolean sentencePiece = type == TYPE_SENTENCE_PIECE;
    if (sentencePiece) {
      requireByteTokens(model, vocab, size);
    }
    return new LlamaVocabulary(
        model,
        vocab,
        size,
        sentencePiece
            && !model.metadata("tokenizer.ggml.add_space_prefix").orElse("true").equals("false"));
  }

  /** A file may name any number, or none at all. */
  private static OptionalInt within(int size, int token) {
    return token >= 0 && token < size ? OptionalInt.of(token) : OptionalInt.empty();
  }

  /** llama.cpp falls back to bytes for what no token spells, and dies where one is missing. */
  private static void requireByteTokens(LlamaModel model, MemorySegment vocab, int size) {
    boolean[] spelled = new boolean[256];
    for (int token = 0; token < size; token++) {
      if ((VocabFunctions.llama_vocab_get_attr(vocab, token) & BYTE) != 0) {
        String text = CString.at(VocabFunctions.llama_vocab_get_text(vocab, token)).orElse("");
        if (text.matches("<0x[0-9A-F]{2}>")) {
          spelled[Integer.parseInt(text, 3, 5, 16)] = true;
        }
      }
    }
    for (int value = 0; value < spelled.length; value++) {
      if (!spelled[value]) {
        throw new BackendException(
            BackendException.Kind.LOAD_FAILED,
            "Cannot use %s: its vocabulary has no token <0x%02X>, so not every text can be read."
                .formatted(model, value));
      }
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int[] tokenize(String text, SpecialTokens special, boolean start) {
    if (text.isEmpty()) {
      return new int[0];
    }
    boolean parse = special == SpecialTokens.PARSED;
    if (start || !prefixesSpace) {
      return tokenize(text, parse);
    }
    int[] front = sentinelTokens;
    if (front == null) {
      front = tokenize(SENTINEL, false);
      sentinelTokens = front;
    }
    int[] tokens = tokenize(SENTINEL + text, parse);
    if (!Arrays.equals(front, 0, front.length, tokens, 0, Math.min(front.length, tokens.length))) {
      throw new IllegalStateException("the vocabulary of " + model + " joins a control character");
    }
    return Arrays.copyOfRange(tokens, front.length, tokens.length);
  }

  private int[] tokenize(String text, boolean parseSpecial) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      // Rarely more than a token a byte; where it is, the answer says how many.
      int room = bytes.length + 8;
      MemorySegment target = arena.allocate(ValueLayout.JAVA_INT, room);
      int count = tokenize(source, target, parseSpecial);
      if (count < 0) {
        target = arena.allocate(ValueLayout.JAVA_INT, -count);
        count = tokenize(source, target, parseSpecial);
      }
      return target
          .asSlice(0, count * ValueLayout.JAVA_INT.byteSize())
          .toArray(ValueLayout.JAVA_INT);
    }
  }

  private int tokenize(MemorySegment source, MemorySegment target, boolean parseSpecial) {
    return VocabFunctions.llama_tokenize(
        vocab(),
        source,
        Math.toIntExact(source.byteSize()),
        target,
        Math.toIntExact(target.byteSize() / ValueLayout.JAVA_INT.byteSize()),
        false,
        parseSpecial);
  }

  @Override
  public byte[] bytes(int token) {
    Objects.checkIndex(token, size);
    try (Arena arena = Arena.ofConfined()) {
      return bytes(vocab(), token, arena.allocate(USUAL_TOKEN_BYTES));
    }
  }

  /** With three calls of native code a token, and one piece of memory for all. */
  @Override
  public byte[][] textBytes() {
    byte[][] texts = new byte[size][];
    MemorySegment vocab = vocab();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(USUAL_TOKEN_BYTES);
      for (int token = 0; token < size; token++) {
        int attributes = VocabFunctions.llama_vocab_get_attr(vocab, token);
        boolean isText =
            (attributes & NO_TEXT) == 0 && !VocabFunctions.llama_vocab_is_eog(vocab, token);
        texts[token] = isText ? bytes(vocab, token, buffer) : NONE;
      }
    }
    return texts;
  }

  /** With a buffer that has room for most tokens. */
  private static byte[] bytes(MemorySegment vocab, int token, MemorySegment buffer) {
    int length = piece(vocab, token, buffer);
    if (length >= 0) {
      byte[] bytes = new byte[length];
      MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
      return bytes;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment larger = arena.allocate(-length);
      return larger.asSlice(0, piece(vocab, token, larger)).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static int piece(MemorySegment vocab, int token, MemorySegment buffer) {
    return VocabFunctions.llama_token_to_piece(
        vocab, token, buffer, (int) buffer.byteSize(), 0, false);
  }

  @Override
  public String text(int token) {
    Objects.checkIndex(token, size);
    return CString.at(VocabFunctions.llama_vocab_get_text(vocab(), token)).orElse("");
  }

  @Override
  public boolean endsGeneration(int token) {
    Objects.checkIndex(token, size);
    return VocabFunctions.llama_vocab_is_eog(vocab(), token);
  }

  @Override
  public boolean isControl(int token) {
    return has(token, CONTROL | UNKNOWN);
  }

  @Override
  public boolean isText(int token) {
    return !has(token, NO_TEXT) && !endsGeneration(token);
  }

  @Override
  public OptionalInt startToken() {
    return promptsBeginWithBos ? bosToken : OptionalInt.empty();
  }

  @Override
  public OptionalInt bosToken() {
    return bosToken;
  }

  @Override
  public OptionalInt eosToken() {
    return eosToken;
  }

  @Override
  public OptionalInt specialToken(String text) {
    Map<String, Integer> known = specialTokens;
    if (known == null) {
      known = new HashMap<>();
      for (int token = 0; token < size; token++) {
        if (has(token, CONTROL | USER_DEFINED)) {
          known.putIfAbsent(text(token), token);
        }
      }
      specialTokens = known;
    }
    Integer token = known.get(text);
    return token == null ? OptionalInt.empty() : OptionalInt.of(token);
  }

  private boolean has(int token, int attributes) {
    Objects.checkIndex(token, size);
    return (VocabFunctions.llama_vocab_get_attr(vocab(), token) & attributes) != 0;
  }

  private MemorySegment vocab() {
    return ModelFunctions.llama_model_get_vocab(model.handle());
  }
}
