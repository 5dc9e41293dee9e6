package dev.tsuku.llm.client;

import java.time.Duration;
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

  /**
   * What an answer took.
   *
   * @param inputTokens of the prompt, cached or not
   * @param outputTokens of the answer
   * @param cachedInputTokens of the prompt, that did not have to be computed
   */
  public record Usage(
      int inputTokens, int outputTokens, int cachedInputTokens, Timings timings, Steps steps) {}

  /**
   * How the tokens of the answer came about.
   *
   * @param forwardPasses of the model that chose a token
   * @param forced tokens that the schema or the tool choice left no choice for
   * @param drafted draft tokens that were computed
   * @param accepted of those, the ones that became a part of the answer
   */
  public record Steps(int forwardPasses, int forced, int drafted, int accepted) {}

  /**
   * Where the time went, in whole milliseconds.
   *
   * @param queued waiting for the model to be loaded, and for other requests
   * @param prefill from there to the first token
   * @param decode from the first token to the last
   */
  public record Timings(Duration queued, Duration prefill, Duration decode) {}

  public Completion {
    toolCalls = List.copyOf(toolCalls);
  }

  /** This answer as a message, for the next prompt of the same conversation. */
  public Message.Assistant asMessage() {
    return new Message.Assistant(content, toolCalls);
  }
}
