package dev.tsuku.llm.daemon.exit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the process when stopping takes longer than it may. Its thread waits from the daemon's start
 * on, so that the time counts from the request for a stop and not from the moment in which somebody
 * acts on it, and until the process has ended, so that an exit that hangs is ended too. It is a
 * daemon thread: it keeps no process alive that ends by itself.
 */
public final class Watchdog {

  /** Nothing but the end of the process keeps a watchdog from acting. */
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private Watchdog() {}

  /**
   * Starts a watchdog.
   *
   * @param awaitStop returns when a stop is requested
   * @param budget how long stopping may take
   * @param lastWill run when the budget is over: removes the files and ends the process, without
   *     waiting for anything that might hang
   */
  public static void start(Runnable awaitStop, Duration budget, Runnable lastWill) {
    Thread.ofPlatform()
        .daemon()
        .name("watchdog")
        .start(
            () -> {
              awaitStop.run();
              await(budget);
              lastWill.run();
            });
  }

  private static void await(Duration budget) {
    try {
      boolean ignored = NEVER.await(budget.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; should it happen, ending the process is the safe side.
    }
  }
}
