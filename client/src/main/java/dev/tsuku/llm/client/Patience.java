package dev.tsuku.llm.client;

import dev.tsuku.llm.client.ClientException.Kind;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Short waits, each a little longer than the last, until time is over: the way to wait for what
 * announces itself to nobody, such as a socket that begins to listen. Owned by one thread.
 */
final class Patience {

  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final CountDownLatch cancelled;
  private final long deadline;
  private long nextNanos = FIRST_NANOS;

  /**
   * @param cancelled opened when nothing need be waited for any more
   */
  Patience(Duration whole, CountDownLatch cancelled) {
    this.cancelled = cancelled;
    this.deadline = System.nanoTime() + whole.toNanos();
  }

  /**
   * Waits until {@code done}, and no longer than there is time.
   *
   * @return whether it is done
   * @throws ClientException as {@link #pause} does
   */
  boolean until(BooleanSupplier done) {
    while (!done.getAsBoolean()) {
      if (!pause()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Waits a moment.
   *
   * @return false, at once, when time is over
   * @throws ClientException of kind {@code CANCELLED} when the client was closed or this thread
   *     interrupted; it stays interrupted
   */
  boolean pause() {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      return false;
    }
    try {
      if (cancelled.await(Math.min(left, nextNanos), TimeUnit.NANOSECONDS)) {
        throw new ClientException(Kind.CANCELLED, "The client was closed while it waited.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClientException(Kind.CANCELLED, "Interrupted while waiting for the daemon.", e);
    }
    nextNanos = Math.min(LONGEST_NANOS, nextNanos * 3 / 2);
    return true;
  }
}
