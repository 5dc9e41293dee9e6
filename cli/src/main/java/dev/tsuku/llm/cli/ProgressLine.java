package dev.tsuku.llm.cli;

/**
 * A line on standard error that says what is being waited for, and is gone when that is over. Where
 * standard error is no terminal, there is none of it. Owned by one thread.
 */
final class ProgressLine {

  private final Terminal terminal;

  /** How much of the line is written. */
  private int width;

  ProgressLine(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Writes this in place of what stands there. */
  void show(String text) {
    if (terminal.isWatched()) {
      write(text + " ".repeat(Math.max(0, width - text.length())));
      width = text.length();
    }
  }

  /** Leaves the line empty, as if there had been nothing. */
  void erase() {
    if (width > 0) {
      write(" ".repeat(width) + "\r");
      width = 0;
    }
  }

  private void write(String text) {
    terminal.err().print("\r" + text);
    terminal.err().flush();
  }
}
