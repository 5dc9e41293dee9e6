package dev.tsuku.llm.template;

import java.util.List;

/** One contribution to a conversation. */
public sealed interface Turn {

  /** What the user said. */
  record User(String content) implements Turn {}

  /** What the model said, and the tools it called. */
  record Assistant(String content, List<ToolCall> toolCalls) implements Turn {

    public Assistant {
      toolCalls = List.copyOf(toolCalls);
    }
  }

  /**
   * What a tool answered.
   *
   * @param toolCallId the id of the call that is answered
   * @param content the tool's output, or what went wrong
   * @param failed whether the tool failed
   */
  record ToolResult(String toolCallId, String content, boolean failed) implements Turn {}
}
