package dev.tsuku.llm.engine.decode;

/**
 * How much of prompts is read in a step that answers wait for: as much as takes about half a
 * second, by what the last steps took. A processor reads a few dozen tokens in that time where much
 * stands before them, a card a whole batch. Belongs to the decode thread.
 */
final class PromptPace {

  /** How long an answer waits for a part of somebody's prompt. */
  private static final long WAIT_NANOS = 500_000_000;

  /** Until it has been measured. */
  private static final int FIRST = 128;

  /** Attention is computed for so many tokens at a time; fewer would be read much slower. */
  static final int LEAST = 64;

  /** How much a step counts beside the ones before it. */
  private static final double NEWS = 0.5;

  private double nanosPerToken;

  /** Notes what a step cost that read parts of prompts. */
  void note(int tokens, long elapsedNanos) {
    double now = (double) elapsedNanos / tokens;
    nanosPerToken = nanosPerToken == 0 ? now : nanosPerToken + NEWS * (now - nanosPerToken);
  }

  /** How many tokens a step may read now. */
  int tokens() {
    if (nanosPerToken == 0) {
      return FIRST;
    }
    return (int) Math.max(LEAST, Math.min(Integer.MAX_VALUE, WAIT_NANOS / nanosPerToken));
  }
}
