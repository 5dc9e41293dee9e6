package dev.tsuku.llm.grammar.vocabulary;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that stand for text: all of them, those that can be inside a string, and those that
 * can end one or escape something in it.
 *
 * <p>All of it lies in few long arrays, so that it is read from a file as fast as that can be
 * copied.
 */
public final class TextTokens {

  private final TokenTexts texts;
  private final TokenTrie all;
  private final TokenTrie plain;
  private final TokenTrie quoted;
  private final StringSlice slice;
  private final QuotedEnds ends;

  private TextTokens(
      TokenTexts texts,
      TokenTrie all,
      TokenTrie plain,
      TokenTrie quoted,
      StringSlice slice,
      QuotedEnds ends) {
    this.texts = texts;
    this.all = all;
    this.plain = plain;
    this.quoted = quoted;
    this.slice = slice;
    this.ends = ends;
  }

  /**
   * Puts tokens in order.
   *
   * @param bytes for each token of the vocabulary its bytes; none for those that are no text: that
   *     steer a model, end an answer or are unused
   */
  public static TextTokens of(byte[][] bytes) {
    TokenTexts texts = TokenTexts.of(bytes);
    TokenOrder order = TokenOrder.of(texts);
    TextKinds kinds = TextKinds.of(texts);
    TokenOrder plain = order.only(kinds::isPlain);
    TokenOrder quoted = order.only(kinds::isQuoted);
    return new TextTokens(
        texts,
        TokenTrie.of(texts, order),
        TokenTrie.of(texts, plain),
        TokenTrie.of(texts, quoted),
        StringSlice.of(texts.size(), plain, kinds),
        QuotedEnds.of(texts, quoted, kinds));
  }

  static TextTokens readFrom(TableReader in) throws IOException {
    return new TextTokens(
        TokenTexts.readFrom(in),
        TokenTrie.readFrom(in),
        TokenTrie.readFrom(in),
        TokenTrie.readFrom(in),
        StringSlice.readFrom(in),
        QuotedEnds.readFrom(in));
  }

  void writeTo(TableWriter out) throws IOException {
    texts.writeTo(out);
    all.writeTo(out);
    plain.writeTo(out);
    quoted.writeTo(out);
    slice.writeTo(out);
    ends.writeTo(out);
  }

  /** How many tokens the vocabulary has. */
  public int size() {
    return texts.size();
  }

  /** A copy of the bytes of a token; none if it is no text. */
  public byte[] bytes(int token) {
    return texts.copy(token);
  }

  /** How many bytes a token has; 0 if it is no text. */
  public int length(int token) {
    return texts.length(token);
  }

  /** A byte of a token, 0 to 255. */
  public int byteAt(int token, int index) {
    return texts.byteAt(token, index);
  }

  /** The length of the longest token, in bytes. */
  public int longest() {
    return all.deepest();
  }

  /** All tokens. */
  public TokenTrie all() {
    return all;
  }

  /** Those without quotes and backslashes. */
  public TokenTrie plain() {
    return plain;
  }

  /** Those with quotes or backslashes. */
  public TokenTrie quoted() {
    return quoted;
  }

  /** Those that may be anywhere in a string that may be anything. */
  public StringSlice slice() {
    return slice;
  }

  /** What tokens do in a string that may be anything, from their first quote or backslash on. */
  public QuotedEnds ends() {
    return ends;
  }

  /**
   * Tokens that together are some bytes, the longest first; not as a tokenizer would have them.
   *
   * @return null if there are none
   */
  public int @Nullable [] spell(byte[] text) {
    int[] tokens = new int[text.length];
    int count = 0;
    for (int at = 0; at < text.length; ) {
      int token = all.longest(text, at);
      if (token < 0) {
        return null;
      }
      tokens[count++] = token;
      at += texts.length(token);
    }
    return Arrays.copyOf(tokens, count);
  }
}
