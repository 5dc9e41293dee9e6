package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.constraint.ResponseFormat;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Asks one thing and keeps what it is told. */
final class Caller implements GenerationListener {

  final String prompt;
  final int maxTokens;
  final Ticket ticket;
  final List<GenerationEvent> events = new ArrayList<>();
  final StringBuilder text = new StringBuilder();

  Caller(String prompt, int maxTokens) {
    this(prompt, maxTokens, Sampling.GREEDY, List.of());
  }

  Caller(String prompt, int maxTokens, Sampling sampling, List<String> stop) {
    this.prompt = prompt;
    this.maxTokens = maxTokens;
    this.ticket =
        new Ticket(
            new GenerationRequest(
                "r",
                new Conversation("", List.of(new Turn.User(prompt))),
                maxTokens,
                sampling,
                stop),
            ResponseFormat.FREE,
            this,
            () -> {});
  }

  Caller(GenerationRequest request, ResponseFormat plan) {
    this.prompt = "";
    this.maxTokens = request.maxTokens();
    this.ticket = new Ticket(request, plan, this, () -> {});
  }

  @Override
  public void onEvent(GenerationEvent event) {
    if (hasEnded()) {
      throw new AssertionError(event + " after the end");
    }
    events.add(event);
    if (event instanceof GenerationEvent.Text more) {
      text.append(more.text());
    }
  }

  boolean hasEnded() {
    return !events.isEmpty()
        && (events.getLast() instanceof GenerationEvent.Finished
            || events.getLast() instanceof GenerationEvent.Failed);
  }

  GenerationResult result() {
    if (!events.isEmpty() && events.getLast() instanceof GenerationEvent.Finished(var result)) {
      return result;
    }
    throw new AssertionError("it was told " + events);
  }

  Optional<EngineException> failure() {
    return !events.isEmpty() && events.getLast() instanceof GenerationEvent.Failed(var cause)
        ? Optional.of(cause)
        : Optional.empty();
  }
}
