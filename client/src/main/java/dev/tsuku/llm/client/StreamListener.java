package dev.tsuku.llm.client;

/**
 * Passes events on to a caller's listener and knows whether the request may still begin anew behind
 * the caller's back. Owned by the thread that asks.
 */
final class StreamListener implements CompletionListener {

  private final CompletionListener listener;
  private boolean hasAnswer;
  private boolean threw;

  StreamListener(CompletionListener listener) {
    this.listener = listener;
  }

  @Override
  public void onEvent(CompletionEvent event) {
    hasAnswer |=
        event instanceof CompletionEvent.Text || event instanceof CompletionEvent.ToolCalled;
    threw = true;
    listener.onEvent(event);
    threw = false;
  }

  /** Whether any of the answer has been told. */
  boolean hasAnswer() {
    return hasAnswer;
  }

  /** Whether nothing has been told that another answer might contradict. */
  boolean mayBeginAnew() {
    return !hasAnswer && !threw;
  }
}
