package dev.tsuku.llm.engine.draft;

import dev.tsuku.llm.engine.prefix.TokenList;

/**
 * Finds where the last tokens of a growing list stood before. Takes constant time for each token
 * added and each question asked.
 *
 * <p>Remembers for a hash of each run of three tokens where it stood last, and nothing about those
 * whose hash another run has taken over: a draft is missed then, never wrong.
 */
final class PromptLookup {

  private static final int RUN = 3;

  /** More than this many equal tokens say no more about what follows. */
  private static final int MAX_LENGTH = 32;

  /**
   * An earlier place that looks like the end of the list.
   *
   * @param next index of the token that followed there
   * @param length how many tokens before it are equal to the last ones; 0 if there is no such place
   */
  record Match(int next, int length) {
    static final Match NONE = new Match(0, 0);
  }

  private final TokenList tokens;

  /** Index behind a run by its hash; 0 where there is none. */
  private int[] behind = new int[256];

  /** Runs that end before this index are remembered. */
  private int known = RUN;

  PromptLookup(TokenList tokens) {
    this.tokens = tokens;
  }

  /** The last place before the end that looks like it. */
  Match find() {
    remember();
    int size = tokens.size();
    if (size <= RUN) {
      return Match.NONE;
    }
    int next = behind[slot(size)];
    int length = 0;
    while (length < Math.min(next, MAX_LENGTH)
        && tokens.get(next - 1 - length) == tokens.get(size - 1 - length)) {
      length++;
    }
    return length < RUN ? Match.NONE : new Match(next, length);
  }

  private void remember() {
    if (behind.length < 2 * tokens.size()) {
      behind = new int[Integer.highestOneBit(tokens.size()) * 4];
      known = RUN;
    }
    // The run at the very end is what is asked about.
    for (; known < tokens.size(); known++) {
      behind[slot(known)] = known;
    }
  }

  /** Where the run that ends before an index is remembered. */
  private int slot(int end) {
    int hash = tokens.get(end - 1);
    for (int i = 2; i <= RUN; i++) {
      hash = hash * 0x9E3779B1 + tokens.get(end - i);
    }
    hash *= 0x85EBCA6B;
    return (hash ^ (hash >>> 15)) & (behind.length - 1);
  }
}
