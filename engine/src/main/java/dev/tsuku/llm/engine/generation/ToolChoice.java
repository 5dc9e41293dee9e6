package dev.tsuku.llm.engine.generation;

/** Whether an answer may, must or must not call the conversation's tools. */
public sealed interface ToolChoice {

  /** The model decides. */
  ToolChoice AUTO = new Auto();

  /** At least one tool is called, and nothing else is said. */
  ToolChoice REQUIRED = new Required();

  /** None is called. */
  ToolChoice NONE = new None();

  /** See {@link #AUTO}. */
  record Auto() implements ToolChoice {}

  /** See {@link #REQUIRED}. */
  record Required() implements ToolChoice {}

  /** See {@link #NONE}. */
  record None() implements ToolChoice {}

  /**
   * This one is called, and nothing else is said.
   *
   * @param tool the name of one of the conversation's
   */
  record Named(String tool) implements ToolChoice {}
}
