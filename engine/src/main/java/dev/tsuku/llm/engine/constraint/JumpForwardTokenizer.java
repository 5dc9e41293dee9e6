package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.grammar.mask.TokenMasks;
import dev.tsuku.llm.grammar.match.MatcherState;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Tokenizes forced text for jump-forward decoding. The tokens are those that the model's own
 * tokenizer makes: another tokenization of the same text lowers the quality of what follows. Text
 * at the end whose tokens depend on what comes next is left for the model to choose.
 */
final class JumpForwardTokenizer {

  /** Of text that is spelled at once, in symbols. */
  static final int MOST = 512;

  private static final int[] NONE = {};

  /** How much of the text before decides on the spelling, in bytes. */
  private static final int CONTEXT = 32;

  private final Vocabulary vocabulary;
  private final TokenMasks masks;

  /** What was said last, tokens in bytes. */
  private byte[] before = {};

  JumpForwardTokenizer(Vocabulary vocabulary, TokenMasks masks) {
    this.vocabulary = vocabulary;
    this.masks = masks;
  }

  /** A token that is text was said. */
  void add(byte[] text) {
    int keep = Math.min(before.length, CONTEXT);
    byte[] joined = Arrays.copyOfRange(before, before.length - keep, before.length + text.length);
    System.arraycopy(text, 0, joined, keep, text.length);
    before = joined;
  }

  /** A token that is no text was said: what comes behind it is spelled by itself. */
  void mark() {
    before = new byte[0];
  }

  /** Symbols as tokens, somehow. */
  int[] any(String symbols) {
    int[] tokens = masks.spell(symbols);
    if (tokens == null) {
      throw new IllegalStateException("the vocabulary has no token for a byte");
    }
    return tokens;
  }

  /**
   * Symbols as the tokenizer spells them, as far as that does not depend on what follows.
   *
   * @param symbols that must come
   * @param from where they must
   * @param to where they lead
   */
  int[] canonical(String symbols, MatcherState from, MatcherState to) {
    IntStream.Builder tokens = IntStream.builder();
    byte[][] left = {before};
    forEachRun(
        symbols,
        (text, mark) -> {
          boolean isLast = mark < 0;
          int[] spelled = spell(left[0], isLast ? whole(text) : text);
          int length = 0;
          int open = isLast && !to.isEnd() ? masks.firstOpen(text, to) : text.length;
          for (int token : spelled) {
            length += masks.tokens().length(token);
            if (length > open) {
              break;
            }
            tokens.add(token);
          }
          if (mark >= 0) {
            tokens.add(mark);
          }
          left[0] = new byte[0];
        });
    return tokens.build().toArray();
  }

  /** Without a character at the end of which something is missing. */
  private static byte[] whole(byte[] text) {
    int end = text.length;
    while (end > 0 && (text[end - 1] & 0xc0) == 0x80) {
      end--;
    }
    if (end > 0 && (text[end - 1] & 0xc0) == 0xc0) {
      int length = Integer.numberOfLeadingZeros(~(text[end - 1] << 24));
      return text.length - (end - 1) < length ? Arrays.copyOf(text, end - 1) : text;
    }
    return end == 0 ? new byte[0] : text;
  }

  /** As it is spelled behind some text; if that depends on where the text was cut, by itself. */
  private int[] spell(byte[] left, byte[] text) {
    if (text.length == 0) {
      return NONE;
    }
    int[] joined = tokens(join(left, text));
    int length = 0;
    for (int i = 0; i < joined.length; i++) {
      if (length == left.length) {
        return matching(Arrays.copyOfRange(joined, i, joined.length), text);
      }
      length += masks.tokens().length(joined[i]);
    }
    return matching(tokens(text), text);
  }

  private int[] tokens(byte[] text) {
    return vocabulary.tokenize(new String(text, StandardCharsets.UTF_8), SpecialTokens.TEXT, false);
  }

  /** Those of the tokens, from the first on, that really are the text. */
  private int[] matching(int[] tokens, byte[] text) {
    int length = 0;
    for (int i = 0; i < tokens.length; i++) {
      byte[] bytes = masks.tokens().bytes(tokens[i]);
      if (bytes.length == 0
          || length + bytes.length > text.length
          || !Arrays.equals(bytes, 0, bytes.length, text, length, length + bytes.length)) {
        return Arrays.copyOf(tokens, i);
      }
      length += bytes.length;
    }
    return tokens;
  }

  private static byte[] join(byte[] one, byte[] other) {
    byte[] joined = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, joined, one.length, other.length);
    return joined;
  }

  private interface Run {

    /**
     * Text, and the mark behind it.
     *
     * @param mark a token; -1 at the end, where there is none
     */
    void accept(byte[] text, int mark);
  }

  private static void forEachRun(String symbols, Run sink) {
    StringBuilder text = new StringBuilder();
    for (int symbol : symbols.codePoints().toArray()) {
      if (symbol < MatcherState.MARK) {
        text.append((char) symbol);
      } else {
        sink.accept(
            text.toString().getBytes(StandardCharsets.ISO_8859_1), symbol - MatcherState.MARK);
        text.setLength(0);
      }
    }
    if (!text.isEmpty()) {
      sink.accept(text.toString().getBytes(StandardCharsets.ISO_8859_1), -1);
    }
  }
}
