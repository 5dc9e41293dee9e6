package dev.tsuku.llm.engine.decode;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.constraint.ResponseFormat;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A request and the way back to its caller. Any thread may cancel, pause and resume it; the rest
 * belongs to the decode thread.
 *
 * <p>The decode thread may be in the middle of a long step for others. So whoever cancels a request
 * that is not at work tells its caller at once, on the cancelling thread. Events are told under a
 * lock, one after the other, and none after the last.
 */
final class Ticket implements Generation, AbortSignal {

  private static final Logger LOG = System.getLogger(Ticket.class.getName());

  private final GenerationRequest request;
  private final ResponseFormat plan;
  private final GenerationListener listener;
  private final Runnable onChange;
  private final ReentrantLock telling = new ReentrantLock();
  private volatile boolean cancelled;
  private volatile boolean paused;

  /** Whether the last event has been told. */
  @GuardedBy("telling")
  private boolean ended;

  /** Whether the decode thread computes for it, and so will soon see that it is cancelled. */
  @GuardedBy("telling")
  private boolean atWork;

  /**
   * A ticket that waits.
   *
   * @param plan what the answer has to be
   * @param onChange told that it was cancelled or resumed, on the thread that did so
   */
  Ticket(
      GenerationRequest request,
      ResponseFormat plan,
      GenerationListener listener,
      Runnable onChange) {
    this.request = request;
    this.plan = plan;
    this.listener = listener;
    this.onChange = onChange;
  }

  GenerationRequest request() {
    return request;
  }

  ResponseFormat plan() {
    return plan;
  }

  @Override
  public void cancel() {
    cancelled = true;
    telling.lock();
    try {
      if (!atWork) {
        fail(new EngineException(Kind.CANCELLED, "The request was cancelled while it waited."));
      }
    } finally {
      telling.unlock();
    }
    onChange.run();
  }

  @Override
  public boolean raised() {
    return cancelled;
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
    onChange.run();
  }

  boolean isPaused() {
    return paused;
  }

  /**
   * Notes whether the decode thread works for it.
   *
   * @return false if it has ended meanwhile
   */
  boolean setAtWork(boolean works) {
    telling.lock();
    try {
      atWork = works;
      return !ended;
    } finally {
      telling.unlock();
    }
  }

  /** Tells the caller. A listener that throws is at fault and must not end other requests. */
  void tell(GenerationEvent event) {
    telling.lock();
    try {
      if (!ended) {
        ended =
            event instanceof GenerationEvent.Finished || event instanceof GenerationEvent.Failed;
        listener.onEvent(event);
      }
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, () -> "request " + request.id() + ": its listener failed", e);
      cancelled = true;
    } finally {
      telling.unlock();
    }
  }

  /** Tells the caller that there is no answer; does nothing if it knows how the request ended. */
  void fail(EngineException cause) {
    try {
      tell(new GenerationEvent.Failed(cause));
    } catch (Error e) {
      LOG.log(Level.ERROR, () -> "request " + request.id() + ": its listener failed", e);
    }
  }
}
