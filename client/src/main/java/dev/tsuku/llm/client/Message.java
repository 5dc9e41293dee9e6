package dev.tsuku.llm.client;

import java.util.List;

/** One message of a conversation. */
public sealed interface Message {

  /** What the user says. */
  record User(String content) implements Message {}

  /** What the model said, exactly as it came in a {@link Completion}. */
  record Assistant(String content, List<ToolCall> toolCalls) implements Message {
    public Assistant {
      toolCalls = List.copyOf(toolCalls);
    }
  }

  /**
   * What a tool returned.
   *
   * @param toolCallId the id of the {@link ToolCall} that this answers
   * @param isError whether {@code content} says why the tool failed
   */
  record ToolResult(String toolCallId, String content, boolean isError) implements Message {}
}
