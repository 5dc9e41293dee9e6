package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.constraint.TokenConstraint;
import dev.tsuku.llm.engine.constraint.TokenConstraints;
import dev.tsuku.llm.engine.prompt.Prompt;
import dev.tsuku.llm.engine.prompt.PromptReader;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a request needs before it can be computed, made by workers: the tokens of its prompt, and
 * the constraint of its answer. The decode thread looks at it when it has been woken.
 */
final class Preparation {

  /**
   * What came of it.
   *
   * @param failure why there is nothing
   */
  private record Outcome(
      @Nullable Prompt prompt, Optional<TokenConstraint> constraint, @Nullable Throwable failure) {}

  private final Ticket ticket;
  private final PromptReader reader;
  private final TokenConstraints constraints;
  private final Runnable onDone;
  private final AbortSignal abort;
  private volatile @Nullable Outcome outcome;

  /**
   * Nothing is begun yet.
   *
   * @param onDone run by the worker when it has ended
   * @param closing ends the work early, like a cancelled request
   */
  Preparation(
      Ticket ticket,
      PromptReader reader,
      TokenConstraints constraints,
      Runnable onDone,
      AbortSignal closing) {
    this.ticket = ticket;
    this.reader = reader;
    this.constraints = constraints;
    this.onDone = onDone;
    this.abort = () -> ticket.raised() || closing.raised();
  }

  void begin(Workers workers) {
    workers.prompts().execute(() -> read(workers.grammars()));
  }

  private void read(Executor grammars) {
    try {
      Prompt prompt = reader.read(ticket.request(), abort);
      if (constraints.isFree(ticket.plan(), prompt.opening())) {
        end(new Outcome(prompt, Optional.empty(), null));
      } else {
        grammars.execute(() -> constrain(prompt));
      }
    } catch (RuntimeException | Error e) {
      end(new Outcome(null, Optional.empty(), e));
    }
  }

  private void constrain(Prompt prompt) {
    try {
      Optional<TokenConstraint> constraint =
          constraints.begin(
              ticket.plan(), ticket.request().chatTemplate(), prompt.opening(), abort::raised);
      end(new Outcome(prompt, constraint, null));
    } catch (RuntimeException | Error e) {
      end(new Outcome(null, Optional.empty(), e));
    }
  }

  private void end(Outcome what) {
    outcome = what;
    onDone.run();
  }

  /** Whether it has come to an end, a bad one perhaps. */
  boolean isDone() {
    return outcome != null;
  }

  /** Why there is nothing; empty if there is, or it is not done. */
  Optional<Throwable> failure() {
    Outcome what = outcome;
    return what == null ? Optional.empty() : Optional.ofNullable(what.failure());
  }

  /** The prompt; only once it is done, and has not failed. */
  Prompt prompt() {
    Outcome what = outcome;
    if (what == null || what.prompt() == null) {
      throw new IllegalStateException("the prompt is not ready");
    }
    return what.prompt();
  }

  /** The constraint; only once it is done. Empty if the answer may be anything. */
  Optional<TokenConstraint> constraint() {
    Outcome what = outcome;
    if (what == null) {
      throw new IllegalStateException("the constraint is not ready");
    }
    return what.constraint();
  }
}
