package dev.tsuku.llm.engine.decode;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.BackendModel;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.template.PromptFormat;
import dev.tsuku.llm.template.PromptPiece;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one thread that computes with a model. It owns the model and its context from its start,
 * makes every call to them, and closes them, context first, as the last thing it does. Requests are
 * served one after the other, in the order in which they came.
 *
 * <p>Other threads only {@link #submit}, cancel, and {@link #close}. Closing cancels what runs,
 * fails what waits, and returns when the thread has ended and everything native is gone.
 *
 * <p>Whatever goes wrong with a request, an {@link Error} included, fails that request alone.
 * Should the thread end all the same, it fails every request it had, takes no more, and {@link
 * #isAlive} says so: nobody waits for a thread that is gone.
 */
public final class DecodeLoop implements AutoCloseable {

  private static final Logger LOG = System.getLogger(DecodeLoop.class.getName());

  /**
   * The decode thread's stack. Tokenizers may need 3 MiB of it (see {@link TextCutter}); what is
   * not used is only address space.
   */
  static final long STACK_BYTES = 64L << 20;

  private final BackendModel model;
  private final BackendContext context;
  private final int contextTokens;
  private final PromptFormat format;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<Ticket> waiting = new ArrayDeque<>();

  @GuardedBy("lock")
  private Optional<Ticket> running = Optional.empty();

  @GuardedBy("lock")
  private boolean closing;

  /** Why the thread has ended although nobody closed the loop. */
  @GuardedBy("lock")
  private Optional<Throwable> death = Optional.empty();

  private DecodeLoop(
      BackendModel model,
      BackendContext context,
      int contextTokens,
      PromptFormat format,
      ThreadFactory threads) {
    this.model = model;
    this.context = context;
    this.contextTokens = contextTokens;
    this.format = format;
    this.thread = threads.newThread(this::run);
  }

  /** Makes the threads that loops are meant to run on. */
  public static ThreadFactory threads() {
    return Thread.ofPlatform().name("decode").stackSize(STACK_BYTES).factory();
  }

  /**
   * Starts the thread; from then on it owns the model and the context.
   *
   * @param contextTokens how much of the context's room a prompt and its answer may take
   * @throws OutOfMemoryError if there can be no more threads; then nothing is owned
   */
  public static DecodeLoop start(
      BackendModel model,
      BackendContext context,
      int contextTokens,
      PromptFormat format,
      ThreadFactory threads) {
    DecodeLoop loop = new DecodeLoop(model, context, contextTokens, format, threads);
    loop.thread.start();
    return loop;
  }

  /** Whether it takes requests: neither closed, nor ended for another reason. */
  public boolean isAlive() {
    return !isClosing();
  }

  /**
   * Puts a request behind those that wait.
   *
   * @throws EngineException of kind {@code CLOSED} once the loop is closing, {@code FAILED} once it
   *     has ended for another reason
   */
  public Generation submit(GenerationRequest request, GenerationListener listener) {
    Ticket ticket = new Ticket(request, listener, this::drop);
    lock.lock();
    try {
      if (closing) {
        throw ended();
      }
      int before = waiting.size() + (running.isPresent() ? 1 : 0);
      if (before > 0) {
        // Under the lock, so that no event of the decode thread can come first.
        ticket.tell(new GenerationEvent.Queued(before));
      }
      waiting.add(ticket);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return ticket;
  }

  /** A cancelled ticket that still waits need not wait for its turn to be told. */
  private void drop(Ticket ticket) {
    boolean waited;
    lock.lock();
    try {
      waited = waiting.remove(ticket);
    } finally {
      lock.unlock();
    }
    if (waited) {
      ticket.fail(
          new EngineException(Kind.CANCELLED, "The request was cancelled while it waited."));
    }
  }

  /** Idempotent; waits for the thread, uninterruptibly, because it owns native memory. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      running.ifPresent(Ticket::cancel);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try (model;
        context) {
      Slot slot = new Slot(context, contextTokens, model.vocabulary());
      PromptTokenizer tokenizer = new PromptTokenizer(model.vocabulary(), contextTokens);
      for (Optional<Ticket> next = take(); next.isPresent(); next = take()) {
        serve(next.get(), tokenizer, slot);
      }
    } catch (RuntimeException | Error e) {
      die(e);
    } finally {
      failAll();
    }
  }

  private void serve(Ticket ticket, PromptTokenizer tokenizer, Slot slot) {
    try {
      List<PromptPiece> prompt = format.render(ticket.request().conversation());
      slot.run(ticket, tokenizer.tokenize(prompt, ticket));
    } catch (EngineException e) {
      ticket.fail(e.kind() == Kind.CANCELLED && isClosing() ? ended() : e);
    } catch (TemplateException e) {
      ticket.fail(new EngineException(kindOf(e), String.valueOf(e.getMessage()), e));
    } catch (BackendException e) {
      ticket.fail(new EngineException(Kind.FAILED, e.getMessage(), e));
    } catch (RuntimeException | Error e) {
      // Of an error, too, the next request may know nothing: memory, for one, is free again.
      ticket.fail(
          new EngineException(
              Kind.FAILED, "The engine failed: " + e + ". The log holds the details.", e));
      LOG.log(Level.ERROR, () -> "request " + ticket.request().id() + " failed", e);
    }
  }

  private static Kind kindOf(TemplateException failure) {
    return switch (failure.kind()) {
      case RAISED -> Kind.CONVERSATION_REFUSED;
      case SYNTAX, FAILED, LIMIT -> Kind.TEMPLATE_FAILED;
    };
  }

  /** Waits for the next ticket; empty once the loop is closing. */
  private Optional<Ticket> take() {
    lock.lock();
    try {
      running = Optional.empty();
      while (waiting.isEmpty() && !closing) {
        changed.awaitUninterruptibly();
      }
      if (!closing) {
        running = Optional.of(waiting.remove());
      }
      return running;
    } finally {
      lock.unlock();
    }
  }

  private void die(Throwable cause) {
    lock.lock();
    try {
      closing = true;
      death = Optional.of(cause);
    } finally {
      lock.unlock();
    }
    LOG.log(Level.ERROR, "the decode loop ended unexpectedly", cause);
  }

  private void failAll() {
    List<Ticket> left = new ArrayList<>();
    lock.lock();
    try {
      closing = true;
      running.ifPresent(left::add);
      left.addAll(waiting);
      waiting.clear();
    } finally {
      lock.unlock();
    }
    left.forEach(ticket -> ticket.fail(ended()));
  }

  private boolean isClosing() {
    lock.lock();
    try {
      return closing;
    } finally {
      lock.unlock();
    }
  }

  private EngineException ended() {
    Optional<Throwable> cause;
    lock.lock();
    try {
      cause = death;
    } finally {
      lock.unlock();
    }
    return cause
        .map(
            e ->
                new EngineException(
                    Kind.FAILED,
                    "The engine ended unexpectedly: "
                        + e
                        + ". Try again; the log holds the details.",
                    e))
        .orElseGet(
            () ->
                new EngineException(
                    Kind.CLOSED,
                    "The model was unloaded before the request was answered. Try again."));
  }
}
