package dev.tsuku.llm.cli;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps what libraries log off the terminal of a command that only asks: what matters to its user
 * reaches them as a sentence. {@code TSUKU_LLM_DEBUG=1} lets it through.
 */
final class QuietLogs {

  /** Kept here because a logger that nobody holds forgets its level. */
  private static final Logger ROOT = Logger.getLogger("");

  private QuietLogs() {}

  static void install() {
    if (!"1".equals(System.getenv("TSUKU_LLM_DEBUG"))) {
      ROOT.setLevel(Level.OFF);
    }
  }
}
