package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.constraint.TokenConstraint;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A token that could not be chosen in time, because which ones are allowed was not known yet: a
 * worker finds that out, while the others' next batch is computed. Keeps the logits until then.
 */
final class PendingChoice {

  private final ByteBuffer logits;
  private volatile boolean isDone;
  private volatile @Nullable Throwable failure;

  private PendingChoice(ByteBuffer logits) {
    this.logits = logits;
  }

  /**
   * Has a worker find it out.
   *
   * @param computed the logits, which are copied
   * @param onDone run by the worker when it has ended
   */
  static PendingChoice begin(
      TokenConstraint constraint,
      ByteBuffer computed,
      Ticket ticket,
      Executor grammars,
      Runnable onDone) {
    ByteBuffer copy = ByteBuffer.allocate(computed.remaining()).order(computed.order());
    copy.put(computed.duplicate()).flip();
    PendingChoice pending = new PendingChoice(copy);
    grammars.execute(
        () -> {
          try {
            // Closing interrupts the workers.
            constraint.compute(() -> ticket.raised() || Thread.currentThread().isInterrupted());
          } catch (RuntimeException | Error e) {
            pending.failure = e;
          }
          pending.isDone = true;
          onDone.run();
        });
    return pending;
  }

  boolean isDone() {
    return isDone;
  }

  /** Why it will never be known. */
  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  ByteBuffer logits() {
    return logits;
  }
}
