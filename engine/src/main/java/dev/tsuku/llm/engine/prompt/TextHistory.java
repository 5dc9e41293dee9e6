package dev.tsuku.llm.engine.prompt;

import dev.tsuku.llm.engine.prefix.TokenList;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The texts of which this model wrote the end, with their tokens. Bounded: what has been of no use
 * for longest goes first.
 */
final class TextHistory {

  /** Most UTF-16 units of all texts together: some MiB. */
  private static final int MAX_CHARS = 4_000_000;

  private static final int MAX_TEXTS = 64;

  /** A prompt and its answer. */
  static final class Told {

    private final RenderedText text;
    private final TokenList tokens;
    private final int[] ends;

    /**
     * What was told with which tokens.
     *
     * @param text prompt and answer
     * @param tokens of both
     * @param ends for each token of the answer, where it ends in the text; -1 for one that ends
     *     within a character
     */
    Told(RenderedText text, TokenList tokens, int[] ends) {
      this.text = text;
      this.tokens = tokens;
      this.ends = ends;
    }

    /** The last token of the answer that ends at or before an offset; -1 if there is none. */
    private int lastUntil(int offset) {
      for (int i = ends.length - 1; i >= 0; i--) {
        if (ends[i] >= 0 && ends[i] <= offset) {
          return i;
        }
      }
      return -1;
    }

    private Beginning until(int token) {
      int prompt = tokens.size() - ends.length;
      return new Beginning(new TokenList(tokens.copy(0, prompt + token + 1)), ends[token]);
    }
  }

  /**
   * The known beginning of a text.
   *
   * @param tokens what it was tokenized to, or written with
   * @param chars how much of the text that is, in UTF-16 units
   */
  record Beginning(TokenList tokens, int chars) {

    static final Beginning NONE = new Beginning(new TokenList(), 0);
  }

  /** The last that was of use comes first. */
  private final Deque<Told> texts = new ArrayDeque<>();

  private int chars;

  void add(Told told) {
    texts.addFirst(told);
    chars += told.text.length();
    while (chars > MAX_CHARS || texts.size() > MAX_TEXTS) {
      chars -= texts.removeLast().text.length();
    }
  }

  /** The longest beginning that ends with something this model wrote, if there is one. */
  Beginning longest(RenderedText text) {
    Optional<Told> best = Optional.empty();
    int bestToken = -1;
    int bestEnd = 0;
    for (Told told : texts) {
      int token = told.lastUntil(told.text.commonPrefix(text));
      if (token >= 0 && told.ends[token] > bestEnd) {
        best = Optional.of(told);
        bestToken = token;
        bestEnd = told.ends[token];
      }
    }
    if (best.isEmpty()) {
      return Beginning.NONE;
    }
    texts.remove(best.get());
    texts.addFirst(best.get());
    return best.get().until(bestToken);
  }
}
