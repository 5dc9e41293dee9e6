package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.Vocabulary;
import dev.tsuku.llm.engine.constraint.TokenConstraint;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.engine.sampling.Sampler;
import dev.tsuku.llm.template.ToolCall;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Goes on with answers, token by token: chooses what comes next, tells the caller, and says where
 * an answer ends. Belongs to the decode thread.
 */
final class Answers {

  /** So that an answer, however many tokens are asked for, fits into one reply of 4 MiB. */
  private static final int MAX_ANSWER_CHARS = 1_000_000;

  private final AnswerTokens tokens;
  private final Limits limits;
  private final Sampler sampler = new Sampler();

  /**
   * What came of a step.
   *
   * @param stop why the answer ends, if it does
   * @param isPending whether no token was chosen, because which ones are allowed is not known yet
   */
  record Outcome(Optional<StopReason> stop, boolean isPending) {

    static final Outcome PENDING = new Outcome(Optional.empty(), true);

    static Outcome of(Optional<StopReason> stop) {
      return new Outcome(stop, false);
    }
  }

  /** For the answers of a model. */
  Answers(Vocabulary vocabulary, Limits limits) {
    this.tokens = new AnswerTokens(vocabulary);
    this.limits = limits;
  }

  /**
   * Adds a token to an answer, and those that have to come behind it.
   *
   * @param logits for the next token
   */
  Outcome next(Sequence sequence, ByteBuffer logits) {
    if (sequence.constraint().isEmpty()) {
      return Outcome.of(extend(sequence, sequence.pick(sampler, logits)));
    }
    TokenConstraint constraint = sequence.constraint().get();
    return constraint.holding(
        () -> {
          int token = sequence.pick(sampler, logits);
          return token == Sampler.PENDING
              ? Outcome.PENDING
              : Outcome.of(extend(sequence, constraint, token, logits));
        });
  }

  private Optional<StopReason> extend(Sequence sequence, int token) {
    requireToken(token);
    if (tokens.endsGeneration(token)) {
      return Optional.of(StopReason.END_OF_TURN);
    }
    String more = sequence.add(token, tokens.bytes(token));
    if (!more.isEmpty()) {
      sequence.ticket().tell(new GenerationEvent.Text(more));
    }
    if (sequence.isStopped()) {
      return Optional.of(StopReason.END_OF_TURN);
    }
    boolean isFull =
        sequence.wanted() == 0
            || sequence.tokens().size() > limits.contextTokens()
            || sequence.chars() >= MAX_ANSWER_CHARS;
    return isFull ? Optional.of(StopReason.MAX_TOKENS) : Optional.empty();
  }

  private static void requireToken(int token) {
    if (token < 0) {
      throw new EngineException(
          Kind.FAILED,
          "The model computed no usable probabilities. Its file may be damaged: download it again.");
    }
  }

  /** Makes sure that there is room for an answer, and writes what has to come before all. */
  void begin(Sequence sequence, TokenConstraint constraint) {
    constraint.holding(
        () -> {
          requireRoom(sequence, constraint);
          force(sequence, constraint);
          return null;
        });
  }

  private void requireRoom(Sequence sequence, TokenConstraint constraint) {
    int room = room(sequence);
    if (!constraint.fits(room)) {
      int asked = sequence.ticket().request().maxTokens();
      throw new EngineException(
          Kind.ANSWER_TOO_LONG,
          (sequence.ticket().request().jsonSchema().isEmpty()
                  ? "The shortest call that obeys its tool's schema has "
                  : "The shortest answer that obeys the schema has ")
              + constraint.ending().length
              + " tokens, and "
              + (room == asked
                  ? "max_tokens is " + asked + ". Raise it."
                  : "the model's context has room for " + room + ". Send a shorter prompt."));
    }
  }

  /** How many tokens the answer may still have. */
  private int room(Sequence sequence) {
    int ofContext = limits.contextTokens() + 1 - sequence.tokens().size();
    int ofReply = MAX_ANSWER_CHARS - sequence.chars();
    return Math.min(sequence.wanted(), Math.min(ofContext, ofReply));
  }

  private void force(Sequence sequence, TokenConstraint constraint) {
    int[] forced = constraint.forced(room(sequence));
    sequence.noteForced(forced.length);
    for (int token : forced) {
      sequence.extend(token, tokens.bytes(token).length);
    }
  }

  /** Adds a token to an answer that has to be something, and what then has to come. */
  private Optional<StopReason> extend(
      Sequence sequence, TokenConstraint constraint, int token, ByteBuffer logits) {
    if (token < 0) {
      // All that is allowed is impossible, or nothing is possible at all.
      requireToken(sampler.likeliest(logits));
    } else if (tokens.endsGeneration(token)) {
      return Optional.of(end(constraint));
    }
    if (token < 0 || !constraint.fits(token, room(sequence) - 1)) {
      int[] ending = constraint.ending();
      sequence.noteForced(ending.length);
      for (int last : ending) {
        sequence.extend(last, tokens.bytes(last).length);
      }
      tellNew(sequence, constraint, false);
      return Optional.of(token < 0 ? end(constraint) : StopReason.MAX_TOKENS);
    }
    sequence.extend(token, tokens.bytes(token).length);
    force(sequence, constraint);
    tellNew(sequence, constraint, false);
    if (sequence.isStopped()) {
      return Optional.of(StopReason.END_OF_TURN);
    }
    if (constraint.isOver()) {
      return Optional.of(end(constraint));
    }
    return room(sequence) <= 0 ? Optional.of(StopReason.MAX_TOKENS) : Optional.empty();
  }

  private static StopReason end(TokenConstraint constraint) {
    return constraint.parts().hasCalled() ? StopReason.TOOL_USE : StopReason.END_OF_TURN;
  }

  private static void tellNew(Sequence sequence, TokenConstraint constraint, boolean isLast) {
    String more = sequence.newText(isLast);
    if (!more.isEmpty()) {
      sequence.ticket().tell(new GenerationEvent.Text(more));
    }
    for (ToolCall call : constraint.parts().takeCalls()) {
      sequence.ticket().tell(new GenerationEvent.Called(call));
    }
  }

  /** Tells what is left to tell of an answer that has ended. */
  void tellRest(Sequence sequence) {
    if (!sequence.isStopped()) {
      sequence.constraint().ifPresent(constraint -> tellNew(sequence, constraint, true));
    }
    String rest = sequence.rest();
    if (!rest.isEmpty()) {
      sequence.ticket().tell(new GenerationEvent.Text(rest));
    }
  }
}
