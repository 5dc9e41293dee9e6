package dev.tsuku.llm.template;

import java.util.List;

/**
 * What was said so far.
 *
 * @param system the instructions that stand before everything; empty for none
 * @param turns in the order they were said
 */
public record Conversation(String system, List<Turn> turns) {

  public Conversation {
    turns = List.copyOf(turns);
  }
}
