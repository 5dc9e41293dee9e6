package dev.tsuku.llm.daemon.schedule;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.daemon.schedule.ModelStatus.State;
import dev.tsuku.llm.daemon.threads.ThreadLack;
import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.Occupancy;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.models.ModelException;
import dev.tsuku.llm.models.ModelFile;
import dev.tsuku.llm.models.ModelStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Holds the models that are in memory and leases one of them, the active one, to requests.
 * Thread-safe; closed once, by the main thread.
 *
 * <p>Requests wait in one line, whichever model they want. Only the first in line acts:
 *
 * <ol>
 *   <li>the model it wants is active: it gets a lease, and the next becomes the first;
 *   <li>another one is active and leased: it waits until nothing is in flight, since two that
 *       compute at once take each other's cores;
 *   <li>the model it wants is in memory: it becomes the active one;
 *   <li>another one is on its way into memory: nobody before it wants that one, so it is cancelled;
 *   <li>nothing is in the way: the new model is loaded, on a thread of its own, while the line
 *       waits. What was used last stays in memory as far as both fit; the rest is closed before.
 * </ol>
 *
 * <p>So a request for another model is never starved by those that come after it, and never
 * answered by the wrong model. A load whose last waiter has gone is cancelled, unless the daemon
 * began it by itself. A failed load fails those who wait for that model; the next request tries
 * anew. An engine that died counts as no model in memory.
 */
public final class ModelHost implements AutoCloseable {

  private static final Logger LOG = System.getLogger(ModelHost.class.getName());

  private static final Occupancy NOTHING = new Occupancy(0, 0, 0, 0, 0, 0, 0, 0, 0, "");

  /** Most models in memory, the active one included. */
  private static final int MOST_IN_MEMORY = 3;

  private final ModelStore store;
  private final ModelLoader loader;
  private final Optional<String> preferred;
  private final ThreadFactory threads;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<Waiter> line = new ArrayDeque<>();

  /** The active one. */
  @GuardedBy("lock")
  private Optional<Held> held = Optional.empty();

  /** The others in memory, the one that was active last at the end. */
  @GuardedBy("lock")
  private final List<Held> resting = new ArrayList<>();

  @GuardedBy("lock")
  private Optional<Load> loading = Optional.empty();

  /** The last load that failed, so that the status can say why. */
  @GuardedBy("lock")
  private Optional<Failure> lastFailure = Optional.empty();

  @GuardedBy("lock")
  private boolean closed;

  /** A model in memory. */
  private static final class Held {
    final ModelFile file;
    final ModelKey key;
    final Engine engine;
    int leases;

    Held(ModelFile file, ModelKey key, Engine engine) {
      this.file = file;
      this.key = key;
      this.engine = engine;
    }
  }

  private record Failure(ModelKey key, RuntimeException cause) {}

  /**
   * A host with nothing in memory.
   *
   * @param preferred the model for requests that name none; empty for whatever is installed
   */
  public ModelHost(ModelStore store, ModelLoader loader, Optional<String> preferred) {
    this(store, loader, preferred, Thread.ofPlatform().name("load").factory());
  }

  /** The same with other threads to load on. */
  ModelHost(
      ModelStore store, ModelLoader loader, Optional<String> preferred, ThreadFactory threads) {
    this.store = store;
    this.loader = loader;
    this.preferred = preferred;
    this.threads = threads;
  }

  /** Reads what is on disk, so that the first call finds it known. */
  public void look() {
    ModelStatus ignored = status();
  }

  /** Begins to load the model for requests that name none, if there is one. Returns at once. */
  public void preload() {
    ModelFile file;
    ModelKey key;
    try {
      file = store.choose(preferred.orElse(null));
      key = ModelKey.of(file);
    } catch (ModelException e) {
      LOG.log(Level.INFO, "nothing to load yet: {0}", e.getMessage());
      return;
    }
    lock.lock();
    try {
      if (!closed && held.isEmpty() && loading.isEmpty()) {
        startLoad(file, key, true);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the model is in memory and may be used.
   *
   * @param model a name or an absolute path; empty for the preferred one
   * @param cancellation ends the wait
   * @throws ModelException if there is no such model, or it cannot be used
   * @throws BackendException if it cannot be loaded
   * @throws ScheduleException if the wait was ended
   */
  public Lease acquire(Optional<String> model, Cancellation cancellation) {
    return acquire(model, cancellation, news -> {});
  }

  /**
   * The same, and tells what it waits for.
   *
   * @param listener called on this thread, before each wait for which there is news
   */
  public Lease acquire(
      Optional<String> model, Cancellation cancellation, Consumer<Waiting> listener) {
    ModelFile file = choose(model);
    Waiter waiter = new Waiter(ModelKey.of(file), listener);
    cancellation.onCancel(() -> cancel(waiter));
    Lease lease;
    lock.lock();
    try {
      line.add(waiter);
      lease = waitInLine(waiter, file);
    } finally {
      lock.unlock();
    }
    try {
      loader.requestBegins();
    } catch (RuntimeException | Error e) {
      lease.close();
      throw e;
    }
    return lease;
  }

  @GuardedBy("lock")
  private Lease waitInLine(Waiter waiter, ModelFile file) {
    try {
      while (true) {
        if (closed) {
          throw new ScheduleException(ScheduleException.Kind.CLOSED, "server is shutting down");
        }
        if (waiter.cancelled) {
          throw new ScheduleException(
              ScheduleException.Kind.CANCELLED, "The request was cancelled while it waited.");
        }
        if (waiter.failure.isPresent()) {
          throw waiter.failure.get();
        }
        if (line.peek() == waiter && advance(file, waiter)) {
          return lease();
        }
        // A load that could not even begin has failed this waiter already.
        if (waiter.failure.isEmpty() && !tellNews(waiter)) {
          changed.awaitUninterruptibly();
        }
      }
    } finally {
      line.remove(waiter);
      cancelUnwantedLoad();
      changed.signalAll();
    }
  }

  /**
   * Tells what a request waits for, without the lock, so that everything may be different
   * afterwards.
   *
   * @return false if there is nothing new to tell
   */
  @GuardedBy("lock")
  private boolean tellNews(Waiter waiter) {
    Optional<Waiting> news = waitingOf(waiter);
    if (news.isEmpty() || news.equals(waiter.told)) {
      return false;
    }
    waiter.told = news;
    lock.unlock();
    try {
      waiter.listener.accept(news.get());
    } finally {
      lock.lock();
    }
    return true;
  }

  /** What a request waits for; empty if that is over as soon as those before it have moved on. */
  @GuardedBy("lock")
  private Optional<Waiting> waitingOf(Waiter waiter) {
    if (loading.isPresent() && loading.get().key.equals(waiter.key)) {
      return loading.map(Load::asWaiting);
    }
    if (held.isPresent() && held.get().key.equals(waiter.key)) {
      return Optional.empty();
    }
    int before = held.map(model -> model.leases).orElse(0);
    for (Waiter other : line) {
      if (other == waiter) {
        break;
      }
      before++;
    }
    return Optional.of(before).filter(count -> count > 0).map(Waiting.InLine::new);
  }

  /** Whether the settings name a model for requests that name none. */
  public boolean hasPreferred() {
    return preferred.isPresent();
  }

  /** Where models are installed. */
  public Path directory() {
    return store.directory();
  }

  /** What a request that names no model would meet, and what is in memory. */
  public ModelStatus status() {
    try {
      ModelFile file = choose(Optional.empty());
      return statusOf(file, ModelKey.of(file));
    } catch (ModelException e) {
      return ModelStatus.missing(String.valueOf(e.getMessage()), inMemory(), restingNames());
    }
  }

  private ModelStatus statusOf(ModelFile file, ModelKey key) {
    lock.lock();
    try {
      State state = State.ON_DISK;
      float progress = 0;
      Optional<String> problem = Optional.empty();
      if (loading.isPresent() && loading.get().key.equals(key)) {
        state = State.LOADING;
        progress = loading.get().progress();
      } else if (held.isPresent() && held.get().key.equals(key) && held.get().engine.isAlive()) {
        state = State.LOADED;
        progress = 1;
        problem = held.get().engine.problem();
      } else if (resting.stream()
          .anyMatch(model -> model.key.equals(key) && model.engine.isAlive())) {
        state = State.LOADED;
        progress = 1;
      } else if (lastFailure.isPresent() && lastFailure.get().key().equals(key)) {
        state = State.MISSING;
        problem = Optional.of(String.valueOf(lastFailure.get().cause().getMessage()));
      }
      return new ModelStatus(
          state,
          file.name(),
          file.sizeBytes(),
          progress,
          problem.orElse(""),
          inMemory(),
          restingNames());
    } finally {
      lock.unlock();
    }
  }

  /** How full the engine of the model in memory is; all zero without one. */
  public Occupancy occupancy() {
    lock.lock();
    try {
      return held.filter(model -> model.engine.isAlive())
          .map(model -> model.engine.occupancy())
          .orElse(NOTHING);
    } finally {
      lock.unlock();
    }
  }

  /** The name of the model in memory or on its way there; empty if there is none. */
  public String inMemory() {
    lock.lock();
    try {
      return loading
          .map(load -> load.file.name())
          .or(() -> held.filter(model -> model.engine.isAlive()).map(model -> model.file.name()))
          .orElse("");
    } finally {
      lock.unlock();
    }
  }

  private List<String> restingNames() {
    return resting().stream()
        .filter(model -> model.engine.isAlive())
        .map(model -> model.file.name())
        .toList();
  }

  /** How many requests stand in line. */
  int waiting() {
    lock.lock();
    try {
      return line.size();
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #closeWithin}, however long a load takes to end. */
  @Override
  public void close() {
    while (!closeWithin(Duration.ofHours(1))) {
      // It cannot be left alone: this process goes on.
    }
  }

  /**
   * Refuses whoever waits, cancels a load and closes the model.
   *
   * @param patience how long a cancelled load may take to end: it hears of it only when llama.cpp
   *     asks, not while a file is being mapped
   * @return whether all of it is gone; if not, only the end of the process ends the load
   */
  public boolean closeWithin(Duration patience) {
    List<Held> last = new ArrayList<>();
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      loading.ifPresent(Load::cancel);
      awaitLoadEnd(patience);
      if (loading.isPresent()) {
        return false;
      }
      held.ifPresent(last::add);
      held = Optional.empty();
      last.addAll(resting);
      resting.clear();
    } finally {
      lock.unlock();
    }
    last.forEach(model -> model.engine.close());
    return true;
  }

  @GuardedBy("lock")
  private void awaitLoadEnd(Duration patience) {
    long left = patience.toNanos();
    try {
      while (loading.isPresent() && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Whoever interrupts is in a hurry.
      Thread.currentThread().interrupt();
    }
  }

  private ModelFile choose(Optional<String> model) {
    if (model.isPresent()) {
      return store.findAnywhere(model.get());
    }
    if (preferred.isPresent()) {
      return store.find(preferred.get());
    }
    try {
      return store.choose(null);
    } catch (ModelException e) {
      // Nothing is installed; but a model that some request named by its path may be at hand.
      return heldFile().orElseThrow(() -> e);
    }
  }

  private Optional<ModelFile> heldFile() {
    lock.lock();
    try {
      return held.map(model -> model.file);
    } finally {
      lock.unlock();
    }
  }

  /** The first in line moves things on; returns whether what it wants is in memory. */
  @GuardedBy("lock")
  private boolean advance(ModelFile file, Waiter waiter) {
    ModelKey key = waiter.key;
    if (held.isPresent() && held.get().key.equals(key)) {
      // An engine that died is loaded anew, but once: what it dies of may be there the next time.
      if (held.get().engine.isAlive() || waiter.loaded) {
        return true;
      }
    }
    if (loading.isPresent()) {
      if (!loading.get().key.equals(key)) {
        loading.get().cancel();
      }
    } else if (held.isEmpty() || held.get().leases == 0) {
      if (resume(key)) {
        return true;
      }
      startLoad(file, key, false);
    }
    return false;
  }

  /** Makes a model the active one that is in memory; false if it is not. */
  @GuardedBy("lock")
  private boolean resume(ModelKey key) {
    Optional<Held> found =
        resting.stream().filter(model -> model.key.equals(key) && model.engine.isAlive()).findAny();
    if (found.isEmpty()) {
      return false;
    }
    resting.remove(found.get());
    held.ifPresent(resting::add);
    held = found;
    loader.resumed(found.get().file);
    return true;
  }

  @GuardedBy("lock")
  private Lease lease() {
    Held model = held.orElseThrow();
    model.leases++;
    return new Lease(
        model.file.name(), model.engine, loader::requestAnswered, () -> giveBack(model));
  }

  private void giveBack(Held model) {
    try {
      loader.requestEnds();
    } finally {
      lock.lock();
      try {
        model.leases--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void cancel(Waiter waiter) {
    lock.lock();
    try {
      waiter.cancelled = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void cancelUnwantedLoad() {
    loading
        .filter(load -> !load.unasked)
        .filter(load -> line.stream().noneMatch(waiter -> waiter.key.equals(load.key)))
        .ifPresent(Load::cancel);
  }

  @GuardedBy("lock")
  private void startLoad(ModelFile file, ModelKey key, boolean unasked) {
    Load load = new Load(file, key, unasked, this::wake);
    Optional<Held> old = held;
    held = Optional.empty();
    loading = Optional.of(load);
    try {
      threads.newThread(() -> run(load, old)).start();
    } catch (RuntimeException | Error e) {
      LOG.log(Level.ERROR, "cannot start a thread to load " + file.path(), e);
      finish(
          load,
          old,
          Optional.of(
              new BackendException(
                  BackendException.Kind.LOAD_FAILED,
                  "Cannot start a thread to load "
                      + file.path()
                      + ": "
                      + (ThreadLack.isCauseOf(e)
                          ? ThreadLack.explanation()
                          : e.getMessage() + ". Close other programs."),
                  e)));
    }
  }

  /** On the load thread. */
  private void run(Load load, Optional<Held> old) {
    long started = System.nanoTime();
    Optional<Held> loaded = Optional.empty();
    Optional<RuntimeException> failure = Optional.empty();
    try {
      old.ifPresent(this::rest);
      store.requireUndamaged(load.file);
      makeRoom(load.file);
      loaded = Optional.of(new Held(load.file, load.key, loadOrMakeRoom(load)));
      LOG.log(Level.INFO, "loaded {0} in {1}", load.file.path(), since(started));
    } catch (RuntimeException e) {
      failure = Optional.of(e);
      boolean meant =
          e instanceof BackendException b && b.kind() == BackendException.Kind.LOAD_CANCELLED;
      LOG.log(
          meant ? Level.INFO : Level.ERROR,
          "loading {0} ended after {1}: {2}",
          load.file.path(),
          since(started),
          e.getMessage());
      if (meant) {
        failure = Optional.empty();
      }
    } catch (Error e) {
      LOG.log(Level.ERROR, "loading " + load.file.path() + " failed", e);
      failure =
          Optional.of(
              new BackendException(
                  BackendException.Kind.LOAD_FAILED,
                  "Loading " + load.file.path() + " failed: " + e + ". The log holds the details.",
                  e));
    } finally {
      finish(load, loaded, failure);
    }
  }

  /** Closes what a model cannot be loaded beside, what has been of no use for longest first. */
  private void makeRoom(ModelFile file) {
    List<Held> stay = new ArrayList<>(resting());
    for (Held model : List.copyOf(stay)) {
      boolean isOfUse = model.engine.isAlive() && !model.file.path().equals(file.path());
      boolean fits =
          stay.size() < MOST_IN_MEMORY
              && loader.fitsBeside(file, stay.stream().map(other -> other.file).toList());
      if (!isOfUse || !fits) {
        unload(model);
        stay.remove(model);
      }
    }
  }

  /** Loads; if that fails beside others, once more without them. */
  private Engine loadOrMakeRoom(Load load) {
    try {
      return loader.load(load.file, load);
    } catch (BackendException e) {
      List<Held> others = resting();
      if (others.isEmpty() || e.kind() == BackendException.Kind.LOAD_CANCELLED) {
        throw e;
      }
      LOG.log(
          Level.INFO,
          "loading {0} beside others failed, and is tried alone: {1}",
          load.file.path(),
          e.getMessage());
      others.forEach(this::unload);
      return loader.load(load.file, load);
    }
  }

  private void rest(Held model) {
    lock.lock();
    try {
      resting.add(model);
    } finally {
      lock.unlock();
    }
  }

  private List<Held> resting() {
    lock.lock();
    try {
      return List.copyOf(resting);
    } finally {
      lock.unlock();
    }
  }

  private void unload(Held model) {
    lock.lock();
    try {
      resting.remove(model);
    } finally {
      lock.unlock();
    }
    model.engine.close();
    loader.unloaded(model.file);
    LOG.log(Level.INFO, "unloaded {0}", model.file.name());
  }

  /** Ends a load, with the model that is in memory from now on and what its waiters are told. */
  private void finish(Load load, Optional<Held> inMemory, Optional<RuntimeException> failure) {
    lock.lock();
    try {
      loading = Optional.empty();
      held = inMemory;
      lastFailure = failure.map(cause -> new Failure(load.key, cause));
      line.stream()
          .filter(waiter -> waiter.key.equals(load.key))
          .forEach(
              waiter -> {
                waiter.failure = failure;
                waiter.loaded = failure.isEmpty() && inMemory.isPresent();
              });
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static String since(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000 + " ms";
  }
}
