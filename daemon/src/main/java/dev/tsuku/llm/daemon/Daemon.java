package dev.tsuku.llm.daemon;

import java.util.Map;
import java.util.Optional;

/** The daemon's process. */
public final class Daemon {

  private Daemon() {}

  /** Takes over TERM, INT and HUP; the first statement of a process that serves. */
  public static void listenForSignals() {}

  /** Serves until it is stopped and returns the exit status. */
  public static int serve(Optional<String> idleTimeout, Map<String, String> environment) {
    System.err.println("tsuku-llm: this build has no daemon.");
    return 1;
  }
}
