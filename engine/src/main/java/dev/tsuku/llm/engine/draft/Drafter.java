package dev.tsuku.llm.engine.draft;

import dev.tsuku.llm.engine.draft.PromptLookup.Match;
import dev.tsuku.llm.engine.prefix.TokenList;

/**
 * Proposes how one answer goes on, and learns how often it was right. One for each request; belongs
 * to the decode thread.
 *
 * <p>How likely a draft token is to be right is learned apart for short and for long matches: three
 * equal tokens may be chance, sixteen are a copy. Where nothing is proposed because it would not
 * pay, the token that would have come first is compared with the one that came, which costs
 * nothing: so an answer that turns to copying is noticed.
 */
public final class Drafter {

  /** Longest matches, in tokens, of all kinds but the last. */
  private static final int[] KINDS = {4, 8, 16, 31};

  /** What is expected of a kind until it was seen. */
  private static final double[] FIRST_CHANCES = {0.35, 0.55, 0.75, 0.9, 0.95};

  /** Draft tokens that the first estimates count for. */
  private static final double FIRST_WEIGHT = 4;

  /** How much of what was learned is left after another draft token. */
  private static final double KEEP = 0.95;

  private static final int NOTHING = -1;

  private final TokenList tokens;
  private final PromptLookup lookup;
  private final double[] right = new double[FIRST_CHANCES.length];
  private final double[] wrong = new double[FIRST_CHANCES.length];

  /** The kind of match that the last proposal came from, or would have. */
  private int kind;

  /** Index of the token that was expected without being proposed. */
  private int expectedAt = NOTHING;

  private int expected;

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
   * @param before tokens that the step computes anyway, at least 1
   * @param most no more than this many tokens
   * @return often none
   */
  public int[] draft(DraftGate gate, int before, int most) {
    compare();
    Match match = most == 0 ? Match.NONE : lookup.find();
    if (match.length() == 0) {
      return new int[0];
    }
    kind = kind(match.length());
    int length = gate.length(chance(), before, most);
    if (length == 0) {
      expectedAt = tokens.size();
      expected = tokens.get(match.next());
    }
    return continuation(match.next(), length);
  }

  /** What came of the token that was expected without being proposed. */
  private void compare() {
    if (expectedAt != NOTHING && expectedAt < tokens.size()) {
      note(tokens.get(expectedAt) == expected ? 1 : 0, 1);
    }
    expectedAt = NOTHING;
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
    int kind = 0;
    while (kind < KINDS.length && matchLength > KINDS[kind]) {
      kind++;
    }
    return kind;
  }
}
