package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.CompletionEvent;
import dev.tsuku.llm.client.CompletionListener;
import dev.tsuku.llm.client.ToolCall;

/**
 * Prints an answer as it comes, or as one JSON object in the end; until it comes, a {@link
 * ProgressLine} says what is being waited for. Owned by one thread; closing it leaves the terminal
 * in order, however the answer ended.
 */
final class AnswerPrinter implements CompletionListener, AutoCloseable {

  private final Terminal terminal;
  private final boolean json;
  private final ProgressLine progress;

  /** Whether the last line is without its end. */
  private boolean inLine;

  private boolean hasCalled;

  AnswerPrinter(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
    this.progress = new ProgressLine(terminal);
  }

  /** Prints progress only, no part of the answer. */
  static AnswerPrinter ofWaiting(Terminal terminal) {
    return new AnswerPrinter(terminal, true);
  }

  @Override
  public void onEvent(CompletionEvent event) {
    switch (event) {
      case CompletionEvent.Queued queued -> progress.show(waiting(queued.position()));
      case CompletionEvent.Downloading bytes ->
          progress.show("downloading the model: " + percent(bytes.bytes(), bytes.totalBytes()));
      case CompletionEvent.Loading bytes ->
          progress.show("loading the model: " + percent(bytes.bytes(), bytes.totalBytes()));
      case CompletionEvent.Prefill prefill ->
          progress.show(
              "reading the prompt: "
                  + prefill.tokens()
                  + " of "
                  + prefill.totalTokens()
                  + " tokens");
      case CompletionEvent.Text text -> print(text.text());
      case CompletionEvent.ToolCalled called -> print(called.call());
    }
  }

  private void print(String text) {
    progress.erase();
    if (!json) {
      inLine = true;
      terminal.out().print(text);
      terminal.flush();
    }
  }

  /** On a line of its own, behind what was said. */
  private void print(ToolCall call) {
    progress.erase();
    if (!json) {
      if (inLine) {
        terminal.out().println();
      }
      inLine = false;
      terminal.out().println(Json.of(call));
      terminal.flush();
      hasCalled = true;
    }
  }

  private static String waiting(int before) {
    return "waiting for " + before + (before == 1 ? " request" : " requests") + " before this one";
  }

  private static String percent(long part, long whole) {
    return (whole > 0 ? 100 * part / whole : 0) + " %";
  }

  /** The whole answer is there. */
  void finish(Completion answer) {
    progress.erase();
    // The line of a call has its end already.
    if (json || inLine || !hasCalled) {
      terminal.out().println(json ? Json.of(answer) : "");
      terminal.flush();
    }
    inLine = false;
  }

  @Override
  public void close() {
    progress.erase();
    if (inLine) {
      inLine = false;
      terminal.out().println();
    }
  }
}
