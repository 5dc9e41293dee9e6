package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.Completion;

/** The line on standard error after an answer of the built-in model that nobody asked for. */
final class BuiltinLine {

  private static final String BUILTIN = "builtin";

  private BuiltinLine() {}

  /**
   * Prints the line if it applies.
   *
   * @param wanted the model that the user named; empty if none
   */
  static void print(Terminal terminal, String wanted, Completion answer) {
    if (wanted.isEmpty() && answer.model().equals(BUILTIN)) {
      terminal.tell(
          "no model is installed, so the built-in one answered; it is small and not always right:"
              + " check each file");
    }
  }
}
