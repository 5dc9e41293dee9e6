package dev.tsuku.llm.client;

/** Is told how an answer comes about. */
@FunctionalInterface
public interface CompletionListener {

  /**
   * Called for one event after the other, on the thread that asked. It may take its time: the
   * daemon stops computing an answer whose reader is far behind. What it throws cancels the request
   * and reaches whoever asked, as it is.
   */
  void onEvent(CompletionEvent event);
}
