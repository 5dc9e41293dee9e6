package dev.tsuku.llm.engine.generation;

import dev.tsuku.llm.template.Conversation;

/**
 * A text to be generated. A pure value: the same request may be replayed, reordered or cancelled
 * without harm.
 *
 * @param id names the request in logs
 * @param conversation what the text answers or continues
 * @param maxTokens most tokens to generate, at least 1
 */
public record GenerationRequest(String id, Conversation conversation, int maxTokens) {

  public GenerationRequest {
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens must be at least 1, not " + maxTokens);
    }
  }
}
