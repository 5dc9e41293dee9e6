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
   * @param decodeMillis from its first token to its last
   */
  record Reply(String text, int inputTokens, int outputTokens, double decodeMillis) {}

  String name();

  /** Answers the last message, with the likeliest tokens; waits for the whole of it. */
  default Reply ask(List<Message> conversation, int maxTokens)
      throws IOException, InterruptedException {
    return ask(conversation, maxTokens, "");
  }

  /**
   * The same, held to a schema.
   *
   * @param schema a JSON Schema; empty for none
   */
  Reply ask(List<Message> conversation, int maxTokens, String schema)
      throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
