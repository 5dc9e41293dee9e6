package dev.tsuku.llm.engine.generation;

/** Why an answer ended. */
public enum StopReason {
  /** The model said that it has finished. */
  END_OF_TURN,
  /** The model asked for tools to be called. */
  TOOL_USE,
  /** As many tokens as were asked for, as fit into the context, or as an answer may be long. */
  MAX_TOKENS
}
