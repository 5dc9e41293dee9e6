package dev.tsuku.llm.bench;

import dev.tsuku.llm.client.Message;
import java.io.IOException;
import java.util.List;

/** A server that answers conversations, as a process of its own. Thread-safe. */
interface Peer extends AutoCloseable {

  double TEMPERATURE = 0.8;
  double TOP_P = 0.95;
  long SEED = 7;

  /**
   * An answer and what it took.
   *
   * @param inputTokens tokens of the prompt, cached or not
   * @param outputTokens tokens of the answer
   * @param decodeMillis from its first token to its last
   */
  record Reply(String text, int inputTokens, int outputTokens, double decodeMillis) {}

  String name();

  /**
   * What is asked.
   *
   * @param schema a JSON Schema that the answer is held to; empty for none
   * @param isSampled whether tokens are drawn at temperature 0.8 with a top-p of 0.95 and a fixed
   *     seed; else the likeliest are taken
   */
  record Ask(List<Message> conversation, int maxTokens, String schema, boolean isSampled) {

    static Ask of(List<Message> conversation, int maxTokens) {
      return new Ask(conversation, maxTokens, "", false);
    }

    static Ask of(String text, int maxTokens) {
      return of(List.of(new Message.User(text)), maxTokens);
    }

    Ask sampled() {
      return new Ask(conversation, maxTokens, schema, true);
    }

    Ask withSchema(String jsonSchema) {
      return new Ask(conversation, maxTokens, jsonSchema, isSampled);
    }
  }

  /** Answers the last message; waits for the whole of it. */
  Reply ask(Ask ask) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
