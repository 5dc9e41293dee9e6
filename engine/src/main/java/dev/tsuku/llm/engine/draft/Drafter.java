package dev.tsuku.llm.engine.draft;

import dev.tsuku.llm.engine.draft.PromptLookup.Match;
import dev.tsuku.llm.engine.prefix.TokenList;

/**
 * Proposes how one answer goes on, and learns how often it was right. One for each request; belongs
 * to the decode thread.
 *
 * <p>How likely a guess is, is learned apart for short and for long matches: three equal tokens may
 * be chance, sixteen are a copy. An estimate that fell so low that nothing is proposed any more
 * slowly comes back to where it began, so that an answer that turns to copying is noticed.
 */
public final class Drafter {

  private static final double[] FIRST_CHANCES = {0.35, 0.55, 0.75, 0.9};

  /** Guesses that the first estimates count for. */
  private static final double FIRST_WEIGHT = 4;

  /** How much of what was learned is left after another guess. */
  private static final double KEEP = 0.95;

  /** How much of it is left after a step without a proposal. */
  private static final double FADE = 0.99;

  private final TokenList tokens;
  private final PromptLookup lookup;
  private final double[] right = new double[FIRST_CHANCES.length];
  private final double[] wrong = new double[FIRST_CHANCES.length];

  /** The kind of match that the last proposal came from. */
  private int kind;

  /**
   * A drafter for an answer.
   *
   * @param tokens prompt and answer; asked again whenever a proposal is wanted
   */
  public Drafter(TokenList tokens) {
    this.tokens = tokens;
    this.lookup = new PromptLookup(tokens);
  }

  /**
   * Proposes the tokens behind the last one.
   *
   * @param most no more than this many tokens
   * @return often none
   */
  public int[] draft(DraftGate gate, int most) {
    Match match = most == 0 ? Match.NONE : lookup.find();
    if (match.length() == 0) {
      return new int[0];
    }
    kind = kind(match.length());
    int length = gate.length(chance(), most);
    if (length == 0) {
      right[kind] *= FADE;
      wrong[kind] *= FADE;
    }
    return continuation(match.next(), length);
  }

  /** What followed there; if that reaches the end, what was repeated goes on being repeated. */
  private int[] continuation(int next, int length) {
    int[] draft = new int[length];
    int period = tokens.size() - next;
    for (int i = 0; i < length; i++) {
      draft[i] = i < period ? tokens.get(next + i) : draft[i - period];
    }
    return draft;
  }

  /**
   * Notes how good the last proposal was.
   *
   * @param accepted how many of its tokens were right
   * @param proposed how many it had, at least 1
   */
  public void note(int accepted, int proposed) {
    int refused = accepted < proposed ? 1 : 0;
    double keep = Math.pow(KEEP, accepted + refused);
    right[kind] = right[kind] * keep + accepted;
    wrong[kind] = wrong[kind] * keep + refused;
  }

  private double chance() {
    double first = FIRST_CHANCES[kind];
    return (right[kind] + first * FIRST_WEIGHT) / (right[kind] + wrong[kind] + FIRST_WEIGHT);
  }

  private static int kind(int matchLength) {
    if (matchLength < 5) {
      return 0;
    }
    return matchLength < 9 ? 1 : matchLength < 17 ? 2 : 3;
  }
}
