package dev.tsuku.llm.client;

import java.util.List;

/**
 * What the model answered.
 *
 * @param content the text; may be empty where tools are called
 * @param model the name of the model that answered; empty if the daemon did not say
 */
public record Completion(
    String content, List<ToolCall> toolCalls, StopReason stopReason, Usage usage, String model) {

  /** Why the answer ends where it does. */
  public enum StopReason {
    /** The model had nothing more to say. */
    END_TURN("end_turn"),
    /** The model waits for the result of its tool calls. */
    TOOL_USE("tool_use"),
    /** The answer reached the number of tokens it may have, or the end of the context. */
    MAX_TOKENS("max_tokens");

    private final String wireName;

    StopReason(String wireName) {
      this.wireName = wireName;
    }

    /** The reason as it stands on the wire, such as {@code "end_turn"}. */
    public String wireName() {
      return wireName;
    }
  }

  /** Tokens of the prompt, whether cached or not, and of the answer. */
  public record Usage(int inputTokens, int outputTokens) {}

  public Completion {
    toolCalls = List.copyOf(toolCalls);
  }

  /** This answer as a message, for the next prompt of the same conversation. */
  public Message.Assistant asMessage() {
    return new Message.Assistant(content, toolCalls);
  }
}
