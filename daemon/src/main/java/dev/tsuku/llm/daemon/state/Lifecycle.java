package dev.tsuku.llm.daemon.state;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.daemon.state.StopRequest.Cause;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The daemon's one state machine. The main thread moves it forward; any thread may ask it to stop.
 *
 * <pre>
 *            started          drain            stop           stopped
 * NEW → STARTING ──→ READY ──────→ DRAINING ──────→ STOPPING ──────→ STOPPED
 *            └────────────────── stop ─────────────────↗
 * </pre>
 *
 * <p>Nothing goes back. What each operation does in each state:
 *
 * <table>
 * <caption>Operations and states</caption>
 * <tr><th></th><th>NEW</th><th>STARTING</th><th>READY</th><th>DRAINING</th><th>STOPPING, STOPPED</th></tr>
 * <tr><td>requestStop</td><td colspan="4">the first is recorded; a second signal makes it urgent</td><td>recorded, without effect</td></tr>
 * <tr><td>starting</td><td>STARTING</td><td colspan="4">a bug: throws</td></tr>
 * <tr><td>started</td><td>a bug</td><td>READY, or false if a stop was requested</td><td colspan="3">a bug</td></tr>
 * <tr><td>drain</td><td>a bug</td><td>a bug</td><td>DRAINING</td><td colspan="2">a bug</td></tr>
 * <tr><td>stop</td><td colspan="4">STOPPING</td><td>a bug</td></tr>
 * <tr><td>stopped</td><td colspan="4">a bug</td><td>STOPPED</td></tr>
 * </table>
 *
 * <p>The cause stands beside the state: the first request for a stop is kept as the reason, and any
 * later signal only says that the first was not quick enough. The idle clock is never urgent, and a
 * client only if it says so.
 */
public final class Lifecycle {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private DaemonState state = DaemonState.NEW;

  @GuardedBy("lock")
  private Optional<StopRequest> stopRequest = Optional.empty();

  @GuardedBy("lock")
  private int signals;

  @GuardedBy("lock")
  private boolean hurried;

  /**
   * Asks for a stop and returns at once; the main thread acts on it. From any thread, any number of
   * times.
   */
  public void requestStop(StopRequest request) {
    lock.lock();
    try {
      if (stopRequest.isEmpty()) {
        stopRequest = Optional.of(request);
      }
      if (request.cause() == Cause.SIGNAL) {
        signals++;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Makes a stop that is requested urgent, as a second signal does. */
  public void hurry() {
    lock.lock();
    try {
      hurried = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the daemon ends because it could not start. */
  public boolean isFailedStart() {
    Optional<StopRequest> first = stopRequest();
    return first.isPresent() && first.get().cause() == Cause.FAILED_START;
  }

  /** The first request for a stop, if there was one. */
  public Optional<StopRequest> stopRequest() {
    lock.lock();
    try {
      return stopRequest;
    } finally {
      lock.unlock();
    }
  }

  public DaemonState state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  /** NEW → STARTING. */
  public void starting() {
    move(DaemonState.NEW, DaemonState.STARTING);
  }

  /**
   * STARTING → READY, unless a stop was requested meanwhile.
   *
   * @return whether the daemon is ready
   */
  public boolean started() {
    lock.lock();
    try {
      if (stopRequest.isPresent()) {
        return false;
      }
      move(DaemonState.STARTING, DaemonState.READY);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** READY → DRAINING. */
  public void drain() {
    move(DaemonState.READY, DaemonState.DRAINING);
  }

  /** NEW, STARTING, READY or DRAINING → STOPPING. */
  public void stop() {
    lock.lock();
    try {
      if (state == DaemonState.STOPPING || state == DaemonState.STOPPED) {
        throw illegal(DaemonState.STOPPING);
      }
      state = DaemonState.STOPPING;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** STOPPING → STOPPED. */
  public void stopped() {
    move(DaemonState.STOPPING, DaemonState.STOPPED);
  }

  /**
   * Waits for the first request for a stop.
   *
   * @param atMost how long
   * @return whether there is one
   */
  public boolean awaitStopRequest(Duration atMost) {
    return await(atMost, () -> stopRequest().isPresent());
  }

  /**
   * Waits until the stop is urgent, or for a condition that another thread makes true and announces
   * by {@link #wake}.
   *
   * @param atMost how long
   * @param done asked with this object's lock held: must be quick and take no lock that is held
   *     while calling in here
   */
  public void awaitUrgentOr(Duration atMost, Check done) {
    await(atMost, () -> isUrgent() || done.holds());
  }

  /**
   * Waits for a condition as {@link #awaitUrgentOr} does, but whatever is requested meanwhile.
   *
   * @return whether it holds
   */
  public boolean awaitWake(Duration atMost, Check done) {
    return await(atMost, done);
  }

  /** Whether a second signal has come, or a client is in a hurry: no more waiting. */
  public boolean isUrgent() {
    lock.lock();
    try {
      return hurried || signals > 1;
    } finally {
      lock.unlock();
    }
  }

  /** Makes those that wait look again. */
  public void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Something that holds or does not. */
  @FunctionalInterface
  public interface Check {
    boolean holds();
  }

  private boolean await(Duration atMost, Check done) {
    long left = atMost.toNanos();
    lock.lock();
    try {
      while (!done.holds() && left > 0) {
        left = changed.awaitNanos(left);
      }
      return done.holds();
    } catch (InterruptedException e) {
      // Nobody interrupts the main thread; if somebody does, it is to end the waiting.
      Thread.currentThread().interrupt();
      return done.holds();
    } finally {
      lock.unlock();
    }
  }

  private void move(DaemonState from, DaemonState to) {
    lock.lock();
    try {
      if (state != from) {
        throw illegal(to);
      }
      state = to;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private IllegalStateException illegal(DaemonState to) {
    return new IllegalStateException("the daemon cannot go from " + state + " to " + to);
  }
}
