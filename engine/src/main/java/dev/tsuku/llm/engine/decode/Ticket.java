package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/**
 * A request in the queue or at work, and the way back to its caller. Any thread may cancel it; the
 * rest belongs to whoever holds it, which is the decode thread once it was taken from the queue.
 */
final class Ticket implements Generation, AbortSignal {

  private static final Logger LOG = System.getLogger(Ticket.class.getName());

  private final GenerationRequest request;
  private final GenerationListener listener;
  private final Consumer<Ticket> onCancel;
  private volatile boolean cancelled;

  /** Whether the last event has been told. Belongs to whoever holds the ticket. */
  private boolean ended;

  /**
   * A ticket that nobody has taken yet.
   *
   * @param onCancel told of the cancellation, on the cancelling thread
   */
  Ticket(GenerationRequest request, GenerationListener listener, Consumer<Ticket> onCancel) {
    this.request = request;
    this.listener = listener;
    this.onCancel = onCancel;
  }

  GenerationRequest request() {
    return request;
  }

  @Override
  public void cancel() {
    cancelled = true;
    onCancel.accept(this);
  }

  @Override
  public boolean raised() {
    return cancelled;
  }

  /** Tells the caller. A listener that throws is at fault and must not end other requests. */
  void tell(GenerationEvent event) {
    ended |= event instanceof GenerationEvent.Finished || event instanceof GenerationEvent.Failed;
    try {
      listener.onEvent(event);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, () -> "request " + request.id() + ": its listener failed", e);
      cancelled = true;
    }
  }

  /** Tells the caller that there is no answer; does nothing if it knows how the request ended. */
  void fail(EngineException cause) {
    if (ended) {
      return;
    }
    try {
      tell(new GenerationEvent.Failed(cause));
    } catch (Error e) {
      LOG.log(Level.ERROR, () -> "request " + request.id() + ": its listener failed", e);
    }
  }
}
