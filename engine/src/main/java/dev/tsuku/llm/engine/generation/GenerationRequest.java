package dev.tsuku.llm.engine.generation;

import dev.tsuku.llm.template.Conversation;
import java.util.List;

/**
 * A text to be generated. A pure value: the same request may be replayed, reordered or cancelled
 * without harm.
 *
 * @param id names the request in logs
 * @param conversation what the text answers or continues
 * @param maxTokens most tokens to generate, at least 1
 * @param sampling how tokens are chosen
 * @param stop texts that end the answer before them, none of them empty; not looked for in JSON
 * @param jsonSchema what all of the answer has to obey, as text; empty for nothing. Then no tool is
 *     called
 * @param toolChoice whether the conversation's tools are called, if it has any
 * @param parallelToolCalls whether the answer may call several tools; if not, it ends with its
 *     first call
 * @param chatTemplate that writes the prompt: Jinja, or {@code "chatml"}; empty for the model's own
 */
public record GenerationRequest(
    String id,
    Conversation conversation,
    int maxTokens,
    Sampling sampling,
    List<String> stop,
    String jsonSchema,
    ToolChoice toolChoice,
    boolean parallelToolCalls,
    String chatTemplate) {

  public GenerationRequest {
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens must be at least 1, not " + maxTokens);
    }
    stop = List.copyOf(stop);
    if (stop.contains("")) {
      throw new IllegalArgumentException("a stop string is empty");
    }
  }

  /** At most one call, and the model's own chat template. */
  public GenerationRequest(
      String id,
      Conversation conversation,
      int maxTokens,
      Sampling sampling,
      List<String> stop,
      String jsonSchema,
      ToolChoice toolChoice) {
    this(id, conversation, maxTokens, sampling, stop, jsonSchema, toolChoice, false, "");
  }

  /** Without a schema; tools are called as the model likes. */
  public GenerationRequest(
      String id, Conversation conversation, int maxTokens, Sampling sampling, List<String> stop) {
    this(id, conversation, maxTokens, sampling, stop, "", ToolChoice.AUTO);
  }

  /** The likeliest tokens, and no stop strings. */
  public GenerationRequest(String id, Conversation conversation, int maxTokens) {
    this(id, conversation, maxTokens, Sampling.GREEDY, List.of());
  }
}
