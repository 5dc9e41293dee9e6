package dev.tsuku.llm.engine.decode;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.BackendModel;
import dev.tsuku.llm.engine.constraint.ResponseFormat;
import dev.tsuku.llm.engine.constraint.TablesStore;
import dev.tsuku.llm.engine.constraint.TokenConstraints;
import dev.tsuku.llm.engine.decode.PrefixCache.Saved;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.engine.prompt.Formats;
import dev.tsuku.llm.engine.prompt.PromptReader;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one thread that computes with a model. It owns the model and its context from its start,
 * makes every call to them, and closes them, context first, as the last thing it does. What it
 * computes next is decided by its {@link Scheduler}, which it alone knows.
 *
 * <p>Other threads only {@link #submit}, cancel, pause, resume, and {@link #close}. Closing ends
 * the step under way, fails every request, and returns when the thread has ended and everything
 * native is gone.
 *
 * <p>Whatever goes wrong with a step, an {@link Error} included, fails the requests it was for and
 * no others. Should the thread end all the same, it fails every request it had, takes no more, and
 * {@link #isAlive} says so: nobody waits for a thread that is gone.
 */
public final class DecodeLoop implements AutoCloseable {

  private static final Logger LOG = System.getLogger(DecodeLoop.class.getName());

  /**
   * The decode thread's stack. Tokenizers may need 3 MiB of it for the text that an answer has to
   * go on with; what is not used is only address space.
   */
  static final long STACK_BYTES = 64L << 20;

  /** Most requests that may wait, whatever they are: each holds its text. */
  public static final int MAX_WAITING = 64;

  private final BackendModel model;
  private final BackendContext context;
  private final Limits limits;
  private final Formats formats;
  private final Stores stores;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Submitted, and not yet seen by the decode thread. */
  @GuardedBy("lock")
  private final List<Ticket> arrived = new ArrayList<>();

  /** How many the decode thread has seen, and not admitted, when it last looked. */
  @GuardedBy("lock")
  private int waiting;

  /** Whether the decode thread has something to look at, though nothing may have arrived. */
  @GuardedBy("lock")
  private boolean woken;

  private volatile boolean closing;
  private volatile Places places;
  private long placesNanos;

  /** Why the thread has ended although nobody closed the loop. */
  @GuardedBy("lock")
  private Optional<Throwable> death = Optional.empty();

  private static final long PLACES_NANOS = 250_000_000;
  private static final long FOR_EVER = Long.MAX_VALUE;

  /** Without work for so long, the thread looks after what can be kept. */
  private static final long QUIET_NANOS = 1_000_000_000;

  /** What was not kept by then, and takes longer than this, is lost at the end. */
  private static final long KEEPING_AT_CLOSE_NANOS = 500_000_000;

  private enum Wake {
    WORK,
    QUIET,
    CLOSING
  }

  /**
   * How the places of a context are taken; see {@link dev.tsuku.llm.engine.Occupancy}.
   *
   * @param cells room for tokens
   */
  public record Places(
      int running,
      int mostRunning,
      int waiting,
      int cells,
      int busyCells,
      int keptCells,
      int computeThreads) {}

  /**
   * What outlives the loop.
   *
   * @param prefixes computed prefixes
   * @param tables of the vocabulary
   */
  public record Stores(PrefixStore prefixes, TablesStore tables) implements AutoCloseable {

    @Override
    public void close() {
      try (prefixes;
          tables) {
        // Both, even if one fails.
      }
    }
  }

  private DecodeLoop(
      BackendModel model,
      BackendContext context,
      Limits limits,
      Formats formats,
      Stores stores,
      ThreadFactory threads) {
    this.stores = stores;
    this.model = model;
    this.context = context;
    this.limits = limits;
    this.formats = formats;
    this.places =
        new Places(0, limits.running(), 0, limits.cells(), 0, 0, context.computeThreads());
    this.thread = threads.newThread(this::run);
  }

  /** Makes the threads that loops are meant to run on. */
  public static ThreadFactory threads() {
    return Thread.ofPlatform().name("decode").stackSize(STACK_BYTES).factory();
  }

  /**
   * Starts the thread; from then on it owns the model, the context and the stores.
   *
   * @throws OutOfMemoryError if there can be no more threads; then nothing is owned
   */
  public static DecodeLoop start(
      BackendModel model,
      BackendContext context,
      Limits limits,
      Formats formats,
      Stores stores,
      ThreadFactory threads) {
    DecodeLoop loop = new DecodeLoop(model, context, limits, formats, stores, threads);
    loop.thread.start();
    return loop;
  }

  /** How the places are taken; at most a quarter of a second old while it computes. */
  public Places places() {
    return places;
  }

  /** Whether it takes requests: neither closed, nor ended for another reason. */
  public boolean isAlive() {
    return !closing;
  }

  /**
   * Puts a request behind those that wait.
   *
   * @param plan what its answer has to be
   * @throws EngineException of kind {@code CLOSED} once the loop is closing, {@code FAILED} once it
   *     has ended for another reason, {@code QUEUE_FULL} while too many wait
   */
  public Generation submit(
      GenerationRequest request, ResponseFormat plan, GenerationListener listener) {
    Ticket ticket = new Ticket(request, plan, listener, this::wake);
    lock.lock();
    try {
      if (closing) {
        throw ended();
      }
      int before = waiting + arrived.size();
      if (before >= MAX_WAITING) {
        throw new EngineException(
            Kind.QUEUE_FULL,
            "The queue is full: "
                + before
                + " requests are waiting, and no more may. Try again in a moment.");
      }
      arrived.add(ticket);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return ticket;
  }

  private void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Idempotent; waits for the thread, uninterruptibly, because it owns native memory. */
  @Override
  public void close() {
    closing = true;
    wake();
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
    List<Ticket> orphans = new ArrayList<>();
    try (model;
        context;
        stores;
        Workers workers = Workers.start()) {
      Scheduler scheduler =
          new Scheduler(
              context,
              limits,
              model.vocabulary(),
              new Scheduler.Helpers(
                  new PromptReader(formats, model.vocabulary(), limits.contextTokens()),
                  new TokenConstraints(model.vocabulary(), formats, stores.tables()),
                  workers,
                  this::wake),
              stores.prefixes(),
              System::nanoTime);
      try {
        serve(scheduler);
        keepTheLast(scheduler.kept());
      } finally {
        orphans.addAll(scheduler.tickets());
        scheduler.release();
      }
    } catch (RuntimeException | Error e) {
      die(e);
    } finally {
      closing = true;
      orphans.addAll(takeArrived());
      orphans.forEach(ticket -> ticket.fail(ended()));
    }
  }

  /** What was computed since it was last quiet; not all of it, if that takes too long. */
  private static void keepTheLast(PrefixCache kept) {
    long deadline = System.nanoTime() + KEEPING_AT_CLOSE_NANOS;
    while (System.nanoTime() < deadline && kept.saveNext() == Saved.ONE) {
      // The next one.
    }
  }

  private void serve(Scheduler scheduler) {
    PrefixCache kept = scheduler.kept();
    boolean busy = false;
    long patience = FOR_EVER;
    Wake wake = awaitWork(busy, patience, 0);
    while (wake != Wake.CLOSING) {
      if (wake == Wake.QUIET) {
        patience =
            switch (kept.saveNext()) {
              case ONE -> 0;
              case NOT_YET -> QUIET_NANOS;
              case NOTHING -> FOR_EVER;
            };
      } else {
        takeArrived().forEach(scheduler::add);
        busy = scheduler.step(() -> closing);
        notePlaces(scheduler, busy);
        patience = kept.mayKeep() ? QUIET_NANOS : FOR_EVER;
      }
      wake = awaitWork(busy, patience, scheduler.waiting());
    }
  }

  /** While there is work, only now and then. */
  private void notePlaces(Scheduler scheduler, boolean busy) {
    long now = System.nanoTime();
    if (busy && now - placesNanos < PLACES_NANOS) {
      return;
    }
    placesNanos = now;
    KvCache memory = scheduler.memory();
    places =
        new Places(
            scheduler.running(),
            limits.running(),
            scheduler.waiting(),
            limits.cells(),
            memory.busyCells(),
            memory.idleCells(),
            context.computeThreads());
  }

  /** Waits for something to do unless there is, but no longer than patience says. */
  private Wake awaitWork(boolean busy, long patience, int stillWaiting) {
    lock.lock();
    try {
      waiting = stillWaiting;
      long left = patience;
      while (!busy && arrived.isEmpty() && !woken && !closing) {
        if (left <= 0) {
          return Wake.QUIET;
        }
        try {
          left = changed.awaitNanos(left);
        } catch (InterruptedException e) {
          // Nobody has a reason to interrupt this thread, and it has native memory to look after.
        }
      }
      woken = false;
      return closing ? Wake.CLOSING : Wake.WORK;
    } finally {
      lock.unlock();
    }
  }

  private List<Ticket> takeArrived() {
    lock.lock();
    try {
      List<Ticket> taken = List.copyOf(arrived);
      waiting += taken.size();
      arrived.clear();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private void die(Throwable cause) {
    lock.lock();
    try {
      death = Optional.of(cause);
    } finally {
      lock.unlock();
    }
    closing = true;
    LOG.log(Level.ERROR, "the decode loop ended unexpectedly", cause);
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
                    "The engine ended unexpectedly. Try again; the log holds the details.",
                    e))
        .orElseGet(
            () ->
                new EngineException(
                    Kind.CLOSED,
                    "The model was unloaded before the request was answered. Try again."));
  }
}
