package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Message;
import java.io.IOException;
import java.util.List;

/** A server that answers conversations, as a process of its own. Thread-safe. */
interface Peer extends AutoCloseable {

  /**
   * An answer and what it took.
   *
   * @param inputTokens tokens of the prompt, cached or not
   * @param outputTokens tokens of the answer
   */
  record Reply(String text, int inputTokens, int outputTokens) {}

  String name();

  /** Answers the last message, with the likeliest tokens; waits for the whole of it. */
  Reply ask(List<Message> conversation, int maxTokens) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
