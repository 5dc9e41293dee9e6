package dev.tsuku.llm.daemon.rpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.protocol.v1.CompletionEvent;
import dev.tsuku.llm.template.ToolCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * What the caller of a stream has still to be told. The decode thread puts in and never waits; the
 * call's thread takes out, at the pace of the caller. Thread-safe.
 *
 * <p>It holds little, however slow the caller is: the latest progress instead of each step; texts
 * joined to one; and when there is too much of that, the generation pauses until it has been taken.
 * More than that can only be what the step under way still brings: a token.
 */
final class Outbox implements GenerationListener {

  /** UTF-16 units of text at which the generation pauses. Every call in flight may hold so many. */
  static final int MAX_CHARS = 64 << 10;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private Optional<CompletionEvent> progress = Optional.empty();

  @GuardedBy("lock")
  private final StringBuilder unsent = new StringBuilder();

  @GuardedBy("lock")
  private final StringBuilder whole = new StringBuilder();

  /** They come behind all text, and are at most as long as an answer may be. */
  @GuardedBy("lock")
  private final Deque<ToolCall> unsentCalls = new ArrayDeque<>();

  @GuardedBy("lock")
  private final List<ToolCall> calls = new ArrayList<>();

  @GuardedBy("lock")
  private Optional<GenerationResult> result = Optional.empty();

  @GuardedBy("lock")
  private Optional<EngineException> failure = Optional.empty();

  @GuardedBy("lock")
  private Optional<Generation> generation = Optional.empty();

  @GuardedBy("lock")
  private boolean paused;

  /** Pauses and resumes this generation from now on, and now if need be. */
  void follow(Generation started) {
    lock.lock();
    try {
      generation = Optional.of(started);
      if (paused) {
        started.pause();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onEvent(GenerationEvent event) {
    lock.lock();
    try {
      switch (event) {
        case GenerationEvent.Queued queued ->
            progress = Optional.of(Events.queued(queued.position()));
        case GenerationEvent.Prefill prefill -> progress = Optional.of(Events.of(prefill));
        case GenerationEvent.Text more -> append(more.text());
        case GenerationEvent.Called called -> {
          unsentCalls.add(called.call());
          calls.add(called.call());
        }
        case GenerationEvent.Finished finished -> result = Optional.of(finished.result());
        case GenerationEvent.Failed failed -> failure = Optional.of(failed.cause());
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void append(String text) {
    unsent.append(text);
    whole.append(text);
    if (unsent.length() >= MAX_CHARS && !paused) {
      paused = true;
      generation.ifPresent(Generation::pause);
    }
  }

  /** Puts in progress; it takes the place of what was not taken. */
  void put(CompletionEvent event) {
    lock.lock();
    try {
      progress = Optional.of(event);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whoever waits in here asks anew whether the caller is ready. */
  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends all waiting, with an exception, although there may be an answer. */
  void giveUp() {
    lock.lock();
    try {
      failure =
          Optional.of(
              new EngineException(
                  EngineException.Kind.CANCELLED,
                  "The request was cancelled before all of its answer was taken."));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes the next thing without waiting; empty if there is none. */
  Optional<CompletionEvent> poll() {
    lock.lock();
    try {
      return take();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the next thing, and for a caller that is ready for it.
   *
   * @return empty as soon as the generation has finished, though there may be {@link #rest}
   * @throws EngineException if it has failed
   */
  Optional<CompletionEvent> next(BooleanSupplier ready) throws InterruptedException {
    lock.lock();
    try {
      while (result.isEmpty()) {
        failure.ifPresent(Outbox::raise);
        if (hasUnsent() && ready.getAsBoolean()) {
          return take();
        }
        changed.await();
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a caller that is ready for what is left after the generation has finished.
   *
   * @return empty when nothing is left, and the caller is ready for the end
   * @throws EngineException after {@link #giveUp}
   */
  Optional<CompletionEvent> rest(BooleanSupplier ready) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        failure.ifPresent(Outbox::raise);
        if (ready.getAsBoolean()) {
          return take();
        }
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** All of the answer, taken or not, once the generation has finished. */
  Answer answer() {
    lock.lock();
    try {
      return new Answer(whole.toString(), calls, result.orElseThrow());
    } finally {
      lock.unlock();
    }
  }

  private static void raise(EngineException failure) {
    throw failure;
  }

  @GuardedBy("lock")
  private boolean hasUnsent() {
    return progress.isPresent() || !unsent.isEmpty() || !unsentCalls.isEmpty();
  }

  @GuardedBy("lock")
  private Optional<CompletionEvent> take() {
    Optional<CompletionEvent> taken = progress;
    if (taken.isPresent()) {
      progress = Optional.empty();
    } else if (!unsent.isEmpty()) {
      taken = Optional.of(Events.text(unsent.toString()));
      unsent.setLength(0);
      if (paused) {
        paused = false;
        generation.ifPresent(Generation::resume);
      }
    } else if (!unsentCalls.isEmpty()) {
      taken = Optional.of(Events.called(unsentCalls.remove()));
    }
    return taken;
  }
}
