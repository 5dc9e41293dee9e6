package dev.tsuku.llm.engine.generation;

import dev.tsuku.llm.template.ToolCall;

/**
 * What happens to a request, in this order: {@link Queued} when it has to wait, {@link Prefill}
 * once or more, {@link Text} and {@link Called} any number of times, and exactly one {@link
 * Finished} or {@link Failed} as the last.
 */
public sealed interface GenerationEvent {

  /**
   * Waiting for its turn.
   *
   * @param position how many requests are before it
   */
  record Queued(int position) implements GenerationEvent {}

  /**
   * The prompt is being computed.
   *
   * @param done prompt tokens that are computed
   * @param total prompt tokens
   * @param cached prompt tokens that did not have to be computed
   */
  record Prefill(int done, int total, int cached) implements GenerationEvent {}

  /**
   * More of the answer.
   *
   * @param text whole characters, at least one
   */
  record Text(String text) implements GenerationEvent {}

  /**
   * A tool is to be called. Its arguments obey the tool's schema.
   *
   * @param call with an id that no other call has
   */
  record Called(ToolCall call) implements GenerationEvent {}

  /** All of the answer has been told. */
  record Finished(GenerationResult result) implements GenerationEvent {}

  /** There will be no more of an answer. */
  record Failed(EngineException cause) implements GenerationEvent {}
}
