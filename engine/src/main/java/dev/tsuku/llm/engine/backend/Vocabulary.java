package dev.tsuku.llm.engine.backend;

import java.util.OptionalInt;

/**
 * A model's tokens: numbers from 0 to {@link #size()} - 1, each of which stands for some bytes.
 * Thread-safe while its model is open.
 */
public interface Vocabulary {

  /** Whether text such as {@code <|im_end|>} is read as the special token of that name. */
  enum SpecialTokens {
    /** Yes: for the text of templates. */
    PARSED,
    /** No, it is text like any other: for everything a user wrote. */
    TEXT
  }

  /** How many tokens there are. */
  int size();

  /**
   * Text to tokens. Nothing is added in front or behind; see {@link #startToken()}.
   *
   * @param text any text
   * @param special whether special tokens are recognised in it
   * @param start whether the text begins the prompt; a piece that continues one gets none of the
   *     white space that some vocabularies put before the first word
   */
  int[] tokenize(String text, SpecialTokens special, boolean start);

  /**
   * The bytes a token stands for, not always whole characters. Special and control tokens give
   * none.
   */
  byte[] bytes(int token);

  /**
   * What all tokens stand for that are text and nothing else, at once.
   *
   * @return for each token its {@link #bytes}; none where it is not {@link #isText}
   */
  default byte[][] textBytes() {
    byte[][] texts = new byte[size()][];
    for (int token = 0; token < texts.length; token++) {
      texts[token] = isText(token) ? bytes(token) : new byte[0];
    }
    return texts;
  }

  /** The name of a token as the vocabulary spells it, such as {@code <|im_end|>}. */
  String text(int token);

  /** Whether a model that says this token has finished its answer. */
  boolean endsGeneration(int token);

  /** Whether the token steers the model and stands for no text of its own. */
  boolean isControl(int token);

  /**
   * Whether the token stands for text and nothing else: it neither steers the model nor ends an
   * answer, nor is it unused or one that the model's makers added for a purpose of their own.
   */
  default boolean isText(int token) {
    return !isControl(token) && !endsGeneration(token);
  }

  /** The token every prompt of this model must begin with, where it wants one. */
  OptionalInt startToken();

  /** The token that begins a text, such as {@code <s>}; prompts need not want it. */
  OptionalInt bosToken();

  /** The token that ends a text or a turn, such as {@code </s>}. */
  OptionalInt eosToken();

  /** The special (control or user-defined) token of this exact name, if there is one. */
  OptionalInt specialToken(String text);
}
