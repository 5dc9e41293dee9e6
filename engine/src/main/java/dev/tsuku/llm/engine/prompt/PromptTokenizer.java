package dev.tsuku.llm.engine.prompt;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.template.PromptPiece;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * A rendered prompt becomes tokens: the format's own text with its special tokens, everything else
 * as text, joined in order behind the vocabulary's start token. Thread-safe.
 *
 * <p>A long prompt is tokenized part by part, so that one that is cancelled, or has filled the
 * context already, costs no more.
 */
final class PromptTokenizer {

  private final Vocabulary vocabulary;
  private final int contextTokens;

  /**
   * A tokenizer for one model.
   *
   * @param contextTokens how many tokens a prompt and at least one more may be
   */
  PromptTokenizer(Vocabulary vocabulary, int contextTokens) {
    this.vocabulary = vocabulary;
    this.contextTokens = contextTokens;
  }

  /**
   * The prompt's tokens, at least one and fewer than the context has.
   *
   * @param known the tokens of the text's beginning
   * @param abort asked before each part
   * @throws EngineException if there are no tokens or too many, or the signal is raised
   */
  int[] tokenize(TextHistory.Beginning known, RenderedText text, AbortSignal abort) {
    List<int[]> parts = new ArrayList<>();
    long tokens = known.tokens().size();
    parts.add(known.tokens().copy(0, known.tokens().size()));
    long chars = known.chars();
    for (PromptPiece piece : text.from(known.chars())) {
      SpecialTokens special =
          switch (piece.origin()) {
            case FORMAT -> SpecialTokens.PARSED;
            case CONTENT -> SpecialTokens.TEXT;
          };
      for (String part : TextCutter.parts(piece.text())) {
        if (abort.raised()) {
          throw new EngineException(Kind.CANCELLED, "The request was cancelled.");
        }
        int[] more = vocabulary.tokenize(part, special, chars == 0);
        parts.add(more);
        tokens += more.length;
        chars += part.length();
        if (tokens >= contextTokens) {
          throw tooLong(tokens, chars, text.length());
        }
      }
    }
    int[] prompt = parts.stream().flatMapToInt(Arrays::stream).toArray();
    return requireFits(known.chars() > 0 ? prompt : withStart(prompt));
  }

  /** Some templates write the start token themselves; one is enough. */
  private int[] withStart(int[] prompt) {
    OptionalInt start = vocabulary.startToken();
    if (start.isEmpty() || (prompt.length > 0 && prompt[0] == start.getAsInt())) {
      return prompt;
    }
    int[] started = new int[prompt.length + 1];
    started[0] = start.getAsInt();
    System.arraycopy(prompt, 0, started, 1, prompt.length);
    return started;
  }

  private int[] requireFits(int[] prompt) {
    if (prompt.length == 0) {
      throw new EngineException(
          Kind.PROMPT_EMPTY, "The prompt is empty. Send a message with some text.");
    }
    if (prompt.length >= contextTokens) {
      throw tooLong("The prompt has " + prompt.length + " tokens");
    }
    return prompt;
  }

  private EngineException tooLong(long tokens, long chars, long all) {
    return tooLong(
        chars == all
            ? "The prompt has " + tokens + " tokens"
            : "The first "
                + chars
                + " of the prompt's "
                + all
                + " characters are "
                + tokens
                + " tokens");
  }

  private EngineException tooLong(String what) {
    return new EngineException(
        Kind.PROMPT_TOO_LONG,
        what
            + "; the model's context holds "
            + contextTokens
            + ", the answer included. Send a shorter one.");
  }
}
