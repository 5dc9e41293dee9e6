package dev.tsuku.llm.daemon.drain;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Counts the requests that are in, refuses newcomers once it is shut, and knows since when nobody
 * was in. Entering and shutting exclude each other, so there is no moment in which a request is
 * admitted to a daemon that has decided to go. Never opens again. Thread-safe.
 */
public final class Gate {

  private final int capacity;
  private final LongSupplier nanoClock;
  private final Runnable onEmpty;

  @GuardedBy("this")
  private final Set<Pass> inside = new LinkedHashSet<>();

  /** Questions that are being answered without a pass. */
  @GuardedBy("this")
  private int asking;

  @GuardedBy("this")
  private boolean shut;

  @GuardedBy("this")
  private long idleSinceNanos;

  /**
   * An open gate with nobody in.
   *
   * @param capacity most requests that may be in at once
   * @param nanoClock monotonic, as {@link System#nanoTime}
   * @param onEmpty called, without any lock, whenever the last request has left
   */
  public Gate(int capacity, LongSupplier nanoClock, Runnable onEmpty) {
    this.capacity = capacity;
    this.nanoClock = nanoClock;
    this.onEmpty = onEmpty;
    this.idleSinceNanos = nanoClock.getAsLong();
  }

  /**
   * Lets a request in.
   *
   * @throws GateException if the daemon is going away or has too much to do
   */
  public synchronized Pass enter() {
    if (shut) {
      throw new GateException(GateException.Kind.SHUT, "server is shutting down");
    }
    if (inside.size() >= capacity) {
      throw new GateException(
          GateException.Kind.FULL,
          "The daemon has "
              + inside.size()
              + " requests in hand, as many as it takes at once. Try again in a moment.");
    }
    Pass pass = new Pass(this);
    inside.add(pass);
    return pass;
  }

  /**
   * Notes that somebody asks something for which no pass is needed. The idle clock stands until it
   * is {@link #answered}.
   */
  public synchronized void asked() {
    asking++;
  }

  /** Notes that such a question has been answered: the idle clock starts anew. */
  public synchronized void answered() {
    asking--;
    idleSinceNanos = nanoClock.getAsLong();
  }

  /** Refuses newcomers from now on. Idempotent. */
  public synchronized void shut() {
    shut = true;
  }

  /** Whether newcomers are refused. */
  public synchronized boolean isShut() {
    return shut;
  }

  /**
   * Shuts the gate if nobody is in or asks anything, and nobody has for {@code timeout}.
   *
   * @return nothing left to wait for: zero if it has been shut; else how long to wait before it can
   *     make sense to ask again
   */
  public synchronized Duration shutIfIdle(Duration timeout) {
    if (!inside.isEmpty() || asking > 0) {
      // Whoever is in may leave at once, and then the whole timeout has to pass.
      return timeout;
    }
    long left = timeout.toNanos() - (nanoClock.getAsLong() - idleSinceNanos);
    if (left > 0) {
      return Duration.ofNanos(left);
    }
    shut = true;
    return Duration.ZERO;
  }

  /** How many requests are in. */
  public synchronized int inFlight() {
    return inside.size();
  }

  /** Cancels every request that is in; each still has to be answered and to leave. */
  void cancelAll(Cancellation.Cause cause) {
    List<Pass> all;
    synchronized (this) {
      all = List.copyOf(inside);
    }
    all.forEach(pass -> pass.cancellation().cancel(cause));
  }

  void leave(Pass pass) {
    boolean empty;
    synchronized (this) {
      inside.remove(pass);
      empty = inside.isEmpty();
      idleSinceNanos = nanoClock.getAsLong();
    }
    if (empty) {
      onEmpty.run();
    }
  }
}
