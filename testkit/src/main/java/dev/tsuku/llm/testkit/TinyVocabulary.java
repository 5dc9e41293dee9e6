package dev.tsuku.llm.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The tokens of a {@link TinyGguf}, in one of the two forms most models use: pieces of text with
 * scores, or bytes and how to merge them. Every byte has a token in both. Immutable; each change
 * makes another vocabulary, in which the tokens so far keep their numbers.
 */
public final class TinyVocabulary {

  /** How a vocabulary makes tokens of text. */
  public enum Form {
    /** SentencePiece: {@code <unk>}, {@code <s>}, {@code </s>}, then the 256 bytes. */
    PIECES,
    /** Byte-level BPE: the 256 bytes come first, then {@code <|endoftext|>}. */
    BYTES
  }

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;

  private record Token(int id, int type) {}

  private final Form form;
  private final Map<String, Token> tokens;
  private final List<String> merges;
  private final int end;
  private final OptionalInt endOfTurn;
  private final boolean startAdded;
  private final String pre;

  private TinyVocabulary(
      Form form, Map<String, Token> tokens, List<String> merges, Ends ends, String pre) {
    this.form = form;
    this.tokens = tokens;
    this.merges = merges;
    this.end = ends.end;
    this.endOfTurn = ends.endOfTurn;
    this.startAdded = ends.startAdded;
    this.pre = pre;
  }

  private record Ends(int end, OptionalInt endOfTurn, boolean startAdded) {}

  /** Pieces, as Llama 2 has them; prompts begin with {@code <s>}, answers end with {@code </s>}. */
  public static TinyVocabulary pieces() {
    Map<String, Token> tokens = new LinkedHashMap<>();
    put(tokens, "<unk>", UNKNOWN);
    put(tokens, "<s>", CONTROL);
    put(tokens, "</s>", CONTROL);
    for (int i = 0; i < 256; i++) {
      put(tokens, "<0x%02X>".formatted(i), BYTE);
    }
    "▁etaoinshrdlucmfwypvbgkqjxzETAOINSHRDLUCMFWYPVBGKQJXZ"
        .codePoints()
        .forEach(letter -> put(tokens, Character.toString(letter), NORMAL));
    return new TinyVocabulary(
            Form.PIECES, tokens, List.of(), new Ends(2, OptionalInt.empty(), true), "default")
        .withWords(" the", " and", " you", " hello", " world");
  }

  /** Bytes, as Qwen has them; nothing is put before prompts, and words only {@link #withWords}. */
  public static TinyVocabulary bytes() {
    Map<String, Token> tokens = new LinkedHashMap<>();
    for (int i = 0; i < 256; i++) {
      put(tokens, ByteLetters.of(new byte[] {(byte) i}), NORMAL);
    }
    put(tokens, "<|endoftext|>", CONTROL);
    return new TinyVocabulary(
        Form.BYTES, tokens, List.of(), new Ends(256, OptionalInt.empty(), false), "qwen2");
  }

  /** Bytes, with the tokens of the ChatML form; {@code <|im_end|>} ends a turn. */
  public static TinyVocabulary chat() {
    return bytes().withControl("<|im_start|>").withControl("<|im_end|>").endingWith("<|im_end|>");
  }

  private static void put(Map<String, Token> tokens, String text, int type) {
    tokens.putIfAbsent(text, new Token(tokens.size(), type));
  }

  /** With a token that stands for no text, such as {@code <|im_start|>}. */
  public TinyVocabulary withControl(String text) {
    Map<String, Token> more = new LinkedHashMap<>(tokens);
    put(more, text, CONTROL);
    return new TinyVocabulary(form, more, merges, ends(), pre);
  }

  /** With tokens for these words, of which text is made where it holds them. */
  public TinyVocabulary withWords(String... words) {
    Map<String, Token> more = new LinkedHashMap<>(tokens);
    List<String> moreMerges = new ArrayList<>(merges);
    for (String word : words) {
      addWord(word, more, moreMerges);
    }
    return new TinyVocabulary(form, more, moreMerges, ends(), pre);
  }

  // A word comes about letter by letter; each beginning of it is a token too.
  private void addWord(String word, Map<String, Token> more, List<String> moreMerges) {
    String spelled =
        form == Form.BYTES
            ? ByteLetters.of(word.getBytes(StandardCharsets.UTF_8))
            : word.replace(' ', '▁');
    int[] letters = spelled.codePoints().toArray();
    for (int length = 2; length <= letters.length; length++) {
      String text = new String(letters, 0, length);
      if (!more.containsKey(text)) {
        put(more, text, NORMAL);
        moreMerges.add(
            new String(letters, 0, length - 1) + " " + Character.toString(letters[length - 1]));
      }
    }
  }

  /**
   * With a token for these bytes that no text is ever turned into: only a model says it. Needs
   * {@link Form#BYTES}.
   *
   * @throws IllegalArgumentException if there is such a token already
   */
  public TinyVocabulary withSpoken(byte[] bytes) {
    if (form != Form.BYTES || has(bytes)) {
      throw new IllegalArgumentException(
          "there is a token for '%s' already, or there are no byte-level tokens"
              .formatted(new String(bytes, StandardCharsets.UTF_8)));
    }
    Map<String, Token> more = new LinkedHashMap<>(tokens);
    put(more, ByteLetters.of(bytes), NORMAL);
    return new TinyVocabulary(form, more, merges, ends(), pre);
  }

  /** With this control token as the one that ends an answer. */
  public TinyVocabulary endingWith(String text) {
    return new TinyVocabulary(form, tokens, merges, new Ends(id(text), endOfTurn, startAdded), pre);
  }

  /** With this control token as another one that ends an answer. */
  public TinyVocabulary endingTurnsWith(String text) {
    return new TinyVocabulary(
        form, tokens, merges, new Ends(end, OptionalInt.of(id(text)), startAdded), pre);
  }

  /** Whether prompts are to begin with the start token. */
  public TinyVocabulary withStart(boolean added) {
    return new TinyVocabulary(form, tokens, merges, new Ends(end, endOfTurn, added), pre);
  }

  /** With another name of the way text is cut before merging, such as {@code "default"}. */
  public TinyVocabulary cutLike(String name) {
    return new TinyVocabulary(form, tokens, merges, ends(), name);
  }

  private Ends ends() {
    return new Ends(end, endOfTurn, startAdded);
  }

  public Form form() {
    return form;
  }

  public int size() {
    return tokens.size();
  }

  /** The number of a token, spelled as the file spells it. */
  public int id(String text) {
    Token token = tokens.get(text);
    if (token == null) {
      throw new IllegalArgumentException("there is no token '%s'".formatted(text));
    }
    return token.id;
  }

  /** The number of the token for a single byte. */
  public int byteId(int value) {
    return switch (form) {
      case PIECES -> id("<0x%02X>".formatted(value & 0xff));
      case BYTES -> id(ByteLetters.of(new byte[] {(byte) value}));
    };
  }

  /** The number of the token for exactly these bytes. Needs {@link Form#BYTES}. */
  public int id(byte[] bytes) {
    return id(ByteLetters.of(bytes));
  }

  boolean has(byte[] bytes) {
    return tokens.containsKey(ByteLetters.of(bytes));
  }

  /** The token that ends an answer. */
  public int end() {
    return end;
  }

  /** The token prompts begin with, where {@link #withStart} says so. */
  public int start() {
    return switch (form) {
      case PIECES -> id("<s>");
      case BYTES -> id("<|endoftext|>");
    };
  }

  /** The numbers of all tokens that stand for no text. */
  public List<Integer> controls() {
    return tokens.values().stream()
        .filter(token -> token.type == CONTROL || token.type == UNKNOWN)
        .map(Token::id)
        .toList();
  }

  void describe(GgufWriter out) {
    out.text("tokenizer.ggml.model", form == Form.PIECES ? "llama" : "gpt2");
    out.text("tokenizer.ggml.pre", pre);
    out.texts("tokenizer.ggml.tokens", List.copyOf(tokens.keySet()));
    out.wholes(
        "tokenizer.ggml.token_type", tokens.values().stream().mapToInt(Token::type).toArray());
    switch (form) {
      case PIECES -> out.reals("tokenizer.ggml.scores", scores());
      case BYTES -> out.texts("tokenizer.ggml.merges", merges);
    }
    out.number("tokenizer.ggml.bos_token_id", start());
    out.number("tokenizer.ggml.eos_token_id", end);
    endOfTurn.ifPresent(id -> out.number("tokenizer.ggml.eot_token_id", id));
    out.flag("tokenizer.ggml.add_bos_token", startAdded);
  }

  // Later pieces are longer ones, and a longer piece must win over its beginning.
  private float[] scores() {
    float[] scores = new float[tokens.size()];
    for (Token token : tokens.values()) {
      scores[token.id] = token.type == NORMAL ? token.id - tokens.size() : 0;
    }
    return scores;
  }
}
