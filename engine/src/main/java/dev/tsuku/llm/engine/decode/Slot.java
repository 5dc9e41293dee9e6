package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.DecodeOutcome;
import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.engine.generation.StopReason;
import java.time.Duration;

/**
 * Where a request is at work: one sequence of the context, from its prompt to its last token.
 * Belongs to the decode thread; serves one ticket after the other and leaves its sequence empty
 * between them.
 */
final class Slot {

  /** So that an answer, however many tokens are asked for, fits into one reply of 4 MiB. */
  private static final int MAX_ANSWER_CHARS = 1_000_000;

  private final BackendContext context;
  private final int contextTokens;
  private final Vocabulary vocabulary;
  private final int sequence = 0;
  private final TokenBatch batch;
  private final Greedy greedy = new Greedy();

  Slot(BackendContext context, int contextTokens, Vocabulary vocabulary) {
    this.context = context;
    this.contextTokens = contextTokens;
    this.vocabulary = vocabulary;
    this.batch = new TokenBatch(context.batchTokens());
  }

  /**
   * Computes the prompt, then one token after the other, and tells the ticket.
   *
   * @param prompt at least one token, fewer than the context has
   * @throws EngineException if there is no answer; the ticket has not been told of that yet
   */
  void run(Ticket ticket, int[] prompt) {
    try {
      long started = System.nanoTime();
      int logits = prefill(ticket, prompt);
      long prefilled = System.nanoTime();
      Answer answer = generate(ticket, prompt.length, logits);
      ticket.tell(
          new GenerationEvent.Finished(
              new GenerationResult(
                  answer.stopReason(),
                  prompt.length,
                  0,
                  answer.tokens(),
                  Duration.ofNanos(prefilled - started),
                  Duration.ofNanos(System.nanoTime() - prefilled))));
    } finally {
      context.remove(sequence, 0, BackendContext.END);
    }
  }

  private record Answer(StopReason stopReason, int tokens) {}

  /** Computes the prompt in batches; returns the index of its last token in the last batch. */
  private int prefill(Ticket ticket, int[] prompt) {
    int last = 0;
    for (int done = 0; done < prompt.length; ) {
      batch.clear();
      while (batch.size() < batch.capacity() && done < prompt.length) {
        last = batch.add(prompt[done], done, sequence, done == prompt.length - 1);
        done++;
      }
      decode(ticket);
      ticket.tell(new GenerationEvent.Prefill(done, prompt.length, 0));
    }
    return last;
  }

  private Answer generate(Ticket ticket, int promptTokens, int promptLogits) {
    TextAssembler text = new TextAssembler();
    int maxTokens = ticket.request().maxTokens();
    int logits = promptLogits;
    int chars = 0;
    for (int tokens = 0; ; ) {
      int token = pick(logits);
      if (vocabulary.endsGeneration(token)) {
        return new Answer(StopReason.END_OF_TURN, tokens);
      }
      tokens++;
      String more = text.append(vocabulary.bytes(token));
      if (!more.isEmpty()) {
        ticket.tell(new GenerationEvent.Text(more));
      }
      chars += more.length();
      int position = promptTokens + tokens - 1;
      if (tokens == maxTokens || position == contextTokens || chars >= MAX_ANSWER_CHARS) {
        return new Answer(StopReason.MAX_TOKENS, tokens);
      }
      batch.clear();
      logits = batch.add(token, position, sequence, true);
      decode(ticket);
    }
  }

  private int pick(int logits) {
    int token = greedy.pick(context.logits(logits));
    if (token < 0) {
      throw new EngineException(
          Kind.FAILED,
          "The model computed no usable probabilities. Its file may be damaged: download it again.");
    }
    return token;
  }

  private void decode(Ticket ticket) {
    // Asked here too: not every backend polls the signal while it computes.
    DecodeOutcome outcome = ticket.raised() ? DecodeOutcome.ABORTED : context.decode(batch, ticket);
    switch (outcome) {
      case DONE -> {}
      case ABORTED -> throw new EngineException(Kind.CANCELLED, "The request was cancelled.");
      case NO_ROOM ->
          throw new EngineException(
              Kind.FAILED,
              "The context of "
                  + contextTokens
                  + " tokens had no room for "
                  + batch.size()
                  + " more, which must not happen.");
    }
  }
}
