package dev.tsuku.llm.grammar;

import dev.tsuku.llm.grammar.mask.TokenMasks;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.ShortestCompletion;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * How far one answer has come in a grammar: which tokens may come next, which text must come, and
 * how the answer is completed. What was accepted can always be completed.
 *
 * <p>Tokens that end an answer stand for no text and belong to no grammar: one may come where the
 * answer {@link #isComplete}.
 *
 * <p><b>Threads.</b> A matcher, its forks, and all matchers of the same {@link TokenVocabulary}
 * belong to one thread at a time. Whatever tokens are asked for, nothing throws.
 */
public final class GrammarMatcher {

  /** Longest forced text that is returned at once, in bytes. */
  private static final int MOST_FORCED = 4096;

  private static final int[] NONE = {};

  private final TokenMasks masks;

  /** The state before each accepted token. */
  private final List<MatcherState> before;

  private MatcherState at;

  GrammarMatcher(TokenMasks masks, MatcherState start) {
    this(masks, new ArrayList<>(), start);
  }

  private GrammarMatcher(TokenMasks masks, List<MatcherState> before, MatcherState at) {
    this.masks = masks;
    this.before = before;
    this.at = at;
  }

  /**
   * Goes on with a token, if it may come.
   *
   * @return whether it may; if not, nothing has changed
   */
  public boolean accept(int token) {
    if (token < 0 || token >= masks.tokens().size()) {
      return false;
    }
    MatcherState next = masks.after(at, token);
    if (next == null || ShortestCompletion.of(next).isEmpty()) {
      return false;
    }
    before.add(at);
    at = next;
    return true;
  }

  /**
   * Finds the tokens that may come next. Where items of an array must differ, one may be among them
   * that {@link #accept} refuses, because no other item could be completed after it.
   *
   * @param mask {@link TokenVocabulary#maskWords} longs; token {@code t} is bit {@code t % 64} of
   *     the long {@code t / 64}
   * @throws IllegalArgumentException if the mask is shorter
   */
  public void fillMask(long[] mask) {
    if (mask.length * (long) Long.SIZE < masks.tokens().size()) {
      throw new IllegalArgumentException(
          "a mask of "
              + masks.tokens().size()
              + " tokens has no room in "
              + mask.length
              + " longs");
    }
    masks.of(at).fill(mask);
  }

  /** The text that must come next, since nothing else may; often empty. It is not accepted yet. */
  public byte[] jumpForward() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    MatcherState to = at;
    int only = to.only();
    while (only >= 0 && only < MatcherState.MARK && text.size() < MOST_FORCED) {
      MatcherState next = to.next(only);
      if (next == null) {
        break;
      }
      text.write(only);
      to = next;
      only = to.only();
    }
    return text.toByteArray();
  }

  /**
   * Tokens that complete the answer, nearly always with as little text as possible; none if it is
   * complete, or if the vocabulary lacks a token for one of its bytes. They are not accepted yet.
   */
  public int[] shortestCompletion() {
    String missing = ShortestCompletion.of(at).map(ShortestCompletion::all).orElse("");
    int[] tokens = masks.spell(missing);
    return tokens == null ? NONE : tokens;
  }

  /** Whether the answer may end here. */
  public boolean isComplete() {
    return at.isComplete();
  }

  /** Whether the answer is complete and nothing more may come. */
  public boolean isOver() {
    return at.isEnd();
  }

  /** How many tokens were accepted. */
  public int length() {
    return before.size();
  }

  /**
   * Takes the last accepted tokens back.
   *
   * @param tokens how many; more than there are take all back
   */
  public void rollback(int tokens) {
    for (int i = 0; i < tokens && !before.isEmpty(); i++) {
      at = before.removeLast();
    }
  }

  /** An independent matcher in the same state. */
  public GrammarMatcher fork() {
    return new GrammarMatcher(masks, new ArrayList<>(before), at);
  }

  @Override
  public String toString() {
    return "GrammarMatcher after " + before.size() + " tokens, at '" + at.pointer() + "'";
  }
}
