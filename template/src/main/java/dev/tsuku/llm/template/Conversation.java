package dev.tsuku.llm.template;

import java.util.List;

/**
 * What was said so far.
 *
 * @param system the instructions that stand before everything; empty for none
 * @param turns in the order they were said
 * @param tools what the model may ask to be called
 */
public record Conversation(String system, List<Turn> turns, List<ToolDefinition> tools) {

  public Conversation {
    turns = List.copyOf(turns);
    tools = List.copyOf(tools);
  }

  /** A conversation without tools. */
  public Conversation(String system, List<Turn> turns) {
    this(system, turns, List.of());
  }
}
