package dev.tsuku.llm.client;

/**
 * What is told of an answer while it comes about, in the order of these records; none of them needs
 * to come. Of the waits, the latest is told, not each step.
 */
public sealed interface CompletionEvent {

  /**
   * Waiting for others.
   *
   * @param position how many requests are before this one
   */
  record Queued(int position) implements CompletionEvent {}

  /** The model is being fetched: so many bytes of so many. */
  record Downloading(long bytes, long totalBytes) implements CompletionEvent {}

  /** The model is being loaded: so many bytes of so many. */
  record Loading(long bytes, long totalBytes) implements CompletionEvent {}

  /**
   * The prompt is being read.
   *
   * @param tokens so far, those cached among them
   * @param cachedTokens that did not have to be computed
   */
  record Prefill(int tokens, int totalTokens, int cachedTokens) implements CompletionEvent {}

  /** More of the answer: whole characters, at least one. */
  record Text(String text) implements CompletionEvent {}

  /** The model asks for a tool. */
  record ToolCalled(ToolCall call) implements CompletionEvent {}
}
