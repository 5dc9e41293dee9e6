package dev.tsuku.llm.daemon.threads;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Work in the background that a daemon can do without. Stateless. */
public final class Background {

  private static final Logger LOG = System.getLogger("dev.tsuku.llm.daemon");

  private Background() {}

  /**
   * Starts a thread that no exit waits for, and returns at once. Where there is none to be had,
   * that is logged.
   *
   * @param name of the thread
   */
  public static void start(String name, Runnable task) {
    try {
      Thread.ofPlatform().daemon().name(name).start(task);
    } catch (OutOfMemoryError e) {
      LOG.log(
          Level.WARNING,
          "cannot start the thread ''{0}'', and do without: {1}",
          name,
          ThreadLack.isCauseOf(e) ? ThreadLack.explanation() : e.getMessage());
    }
  }
}
