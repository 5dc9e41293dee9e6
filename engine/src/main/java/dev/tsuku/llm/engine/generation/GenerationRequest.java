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
 * @param stop texts that end the answer before them, none of them empty
 */
public record GenerationRequest(
    String id, Conversation conversation, int maxTokens, Sampling sampling, List<String> stop) {

  public GenerationRequest {
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens must be at least 1, not " + maxTokens);
    }
    stop = List.copyOf(stop);
    if (stop.contains("")) {
      throw new IllegalArgumentException("a stop string is empty");
    }
  }

  /** The likeliest tokens, and no stop strings. */
  public GenerationRequest(String id, Conversation conversation, int maxTokens) {
    this(id, conversation, maxTokens, Sampling.GREEDY, List.of());
  }
}
