package dev.tsuku.llm.daemon.crash;

import dev.tsuku.llm.daemon.crash.RunMarker.Run;
import java.util.Locale;

/**
 * What is done with a model with which a daemon has died: it gets half the room, because that is
 * what most often was too much, for this one run.
 *
 * @param contextTokens room that it gets now
 * @param sentence what the user should know
 */
public record AfterDeath(int contextTokens, String sentence) {

  /** Less room than this is of no use. */
  static final int FEWEST_TOKENS = 2048;

  /** After so many in a row, room is not what is missing. */
  private static final int TOO_MANY = 3;

  /**
   * Decides.
   *
   * @param death how the last daemon ended, with this model
   * @param usualTokens room that it would get otherwise
   * @param isSet whether the user has set that
   */
  public static AfterDeath of(Run death, int usualTokens, boolean isSet) {
    int half = Math.max(FEWEST_TOKENS, death.contextTokens() / 2);
    int tokens = isSet ? usualTokens : Math.min(usualTokens, half);
    String what =
        String.format(
            Locale.ROOT,
            "The last daemon (pid %d) ended without a word while %s was in memory with a context of"
                + " %,d tokens",
            death.pid(),
            death.model(),
            death.contextTokens());
    String before =
        death.deaths() > 1
            ? String.format(Locale.ROOT, "; %d have, one after the other", death.deaths())
            : "";
    return new AfterDeath(tokens, what + before + "." + next(death, tokens, usualTokens, isSet));
  }

  private static String next(Run death, int tokens, int usualTokens, boolean isSet) {
    if (death.deaths() >= TOO_MANY) {
      return " If nobody killed them, try another model, or TSUKU_LLM_BACKEND=cpu.";
    }
    if (tokens < usualTokens) {
      return String.format(
          Locale.ROOT,
          " This one uses %,d, in case that was too much; after a clean end it is %,d again.",
          tokens,
          usualTokens);
    }
    return isSet
        ? " The context is the one that was set; if nobody killed it, set a smaller one."
        : " The context is as small as is of use; if nobody killed it, try another model.";
  }
}
