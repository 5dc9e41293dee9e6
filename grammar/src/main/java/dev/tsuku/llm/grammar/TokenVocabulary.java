package dev.tsuku.llm.grammar;

import dev.tsuku.llm.grammar.mask.TextMasks;
import dev.tsuku.llm.grammar.vocabulary.TextTokens;

/**
 * The tokens of a model, put in such order that those which a grammar allows are found without
 * asking for each. Making one takes some hundred milliseconds for 150,000 tokens, so there should
 * be one for each model.
 *
 * <p>What is found out about texts in strings is remembered here for all grammars, so matchers of
 * one vocabulary must not be used by several threads at a time.
 */
public final class TokenVocabulary {

  private static final int MOST_TOKENS = 1 << 24;
  private static final int MOST_BYTES = Short.MAX_VALUE;

  private final TextMasks masks;

  private TokenVocabulary(TextMasks masks) {
    this.masks = masks;
  }

  /**
   * A vocabulary.
   *
   * @param texts the bytes of each token, by its number; empty for those that stand for no text,
   *     such as the one that ends an answer. Not to be changed from now on
   * @throws IllegalArgumentException if there are more than 16,777,216 tokens, or one has more than
   *     32,767 bytes
   */
  public static TokenVocabulary of(byte[][] texts) {
    if (texts.length > MOST_TOKENS) {
      throw new IllegalArgumentException(texts.length + " tokens are more than " + MOST_TOKENS);
    }
    for (int token = 0; token < texts.length; token++) {
      if (texts[token].length > MOST_BYTES) {
        throw new IllegalArgumentException(
            "token " + token + " has " + texts[token].length + " bytes, more than " + MOST_BYTES);
      }
    }
    return new TokenVocabulary(new TextMasks(TextTokens.of(texts)));
  }

  /** How many tokens there are. */
  public int size() {
    return masks.tokens().size();
  }

  /** How many longs a mask has: a bit for each token. */
  public int maskWords() {
    return (size() + Long.SIZE - 1) / Long.SIZE;
  }

  TextMasks masks() {
    return masks;
  }
}
