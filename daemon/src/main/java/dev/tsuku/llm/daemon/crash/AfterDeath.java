package dev.tsuku.llm.daemon.crash;

import dev.tsuku.llm.daemon.crash.RunMarker.Run;
import dev.tsuku.llm.daemon.crash.RunMarker.Work;
import java.util.Locale;

/**
 * What is done with a model with which a daemon has died for want of memory: it gets half the
 * context, until a request has been answered.
 *
 * @param contextTokens room that it gets now
 * @param sentence what the user should know
 */
public record AfterDeath(int contextTokens, String sentence) {

  /** Less room than this does not hold a usual prompt and its answer. */
  static final int FEWEST_TOKENS = 4096;

  /** After so many in a row, room is not what is missing. */
  private static final int TOO_MANY = 3;

  /**
   * Decides.
   *
   * @param last how the last daemon ended, with this model
   * @param usualTokens room that it would get otherwise
   * @param isSet whether the user has set that
   */
  public static AfterDeath of(LastRun last, int usualTokens, boolean isSet) {
    int tokens = isSet ? usualTokens : Math.min(usualTokens, next(last));
    return new AfterDeath(tokens, what(last) + rest(last.run(), tokens, usualTokens, isSet));
  }

  /** What is said of a daemon that runs with less. */
  static String ofRunning(Run run) {
    return String.format(
        Locale.ROOT,
        "The daemon that runs (pid %d) uses a context of %,d tokens for %s, because %s ended while"
            + " loading it or computing, probably for want of memory. Once it has answered a"
            + " prompt, the next one uses the usual context again.",
        run.pid(),
        run.contextTokens(),
        run.model(),
        run.deaths() == 1 ? "one before it" : run.deaths() + " before it");
  }

  /** What is said of the daemon that comes next. */
  static String ofNext(LastRun last) {
    return what(last)
        + String.format(
            Locale.ROOT, " The next one uses %,d at most, unless a context is set.", next(last));
  }

  private static int next(LastRun last) {
    int before = last.run().contextTokens();
    return last.counts() ? Math.max(Math.min(before, FEWEST_TOKENS), before / 2) : before;
  }

  private static String what(LastRun last) {
    Run run = last.run();
    String sentence =
        last.counts()
            ? String.format(
                Locale.ROOT,
                "The last daemon (pid %d) ended without a word while it %s %s with a context of"
                    + " %,d tokens, probably for want of memory",
                run.pid(),
                run.work() == Work.LOADING ? "loaded" : "computed with",
                run.model(),
                run.contextTokens())
            : String.format(
                Locale.ROOT,
                "A daemon ended without a word while it loaded or computed with %s, probably for"
                    + " want of memory, and none has answered a prompt since",
                run.model());
    return sentence
        + (run.deaths() > 1
            ? String.format(Locale.ROOT, "; %d have, one after the other.", run.deaths())
            : ".");
  }

  private static String rest(Run run, int tokens, int usualTokens, boolean isSet) {
    if (run.deaths() >= TOO_MANY) {
      return " If nobody killed them, try another model, or TSUKU_LLM_BACKEND=cpu.";
    }
    if (tokens < usualTokens) {
      return String.format(
          Locale.ROOT,
          " This one uses %,d; once it has answered a prompt, the next one uses %,d again.",
          tokens,
          usualTokens);
    }
    return isSet
        ? " The context is the one that was set; if nobody killed it, set a smaller one."
        : " The context is as small as is of use; if nobody killed it, try another model.";
  }
}
