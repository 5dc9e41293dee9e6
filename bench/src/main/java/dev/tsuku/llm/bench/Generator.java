package dev.tsuku.llm.bench;

import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Asks an engine in process, the way a request of the daemon does, and waits for the result. */
final class Generator {

  private final Engine engine;
  private final Random random = new Random();

  Generator(Engine engine) {
    this.engine = engine;
  }

  /** Generates after a prompt. */
  GenerationResult generate(String prompt, int maxTokens) {
    CompletableFuture<GenerationResult> result = new CompletableFuture<>();
    engine.submit(
        new GenerationRequest(
            "bench", new Conversation("", List.of(new Turn.User(prompt))), maxTokens),
        event -> {
          switch (event) {
            case GenerationEvent.Finished(GenerationResult done) -> result.complete(done);
            case GenerationEvent.Failed(EngineException cause) ->
                result.completeExceptionally(cause);
            case GenerationEvent.Called called -> {}
            case GenerationEvent.Queued queued -> {}
            case GenerationEvent.Prefill prefill -> {}
            case GenerationEvent.Text text -> {}
          }
        });
    return result.join();
  }

  /**
   * The same prompt, as far as its length goes, with another beginning: nothing of it is known to
   * the engine from an earlier one.
   */
  String fresh(String prompt) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      letters.append((char) ('b' + random.nextInt(24))).append(' ');
    }
    return letters + prompt.substring(Math.min(prompt.length(), letters.length()));
  }

  /**
   * A prompt of exactly so many tokens, format included: words that are one token each in most
   * vocabularies, as many as it takes.
   */
  String promptOf(int tokens, String word) {
    int words = tokens;
    for (int attempt = 0; attempt < 20; attempt++) {
      String prompt = word.repeat(words).strip();
      int found = generate(prompt, 1).inputTokens();
      if (found == tokens) {
        return prompt;
      }
      words = Math.max(1, words + tokens - found);
    }
    throw new IllegalStateException(
        "no prompt of exactly " + tokens + " tokens can be made of '" + word + "'");
  }
}
