package dev.tsuku.llm.daemon.exit;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the process when stopping takes longer than it may. Armed when the stop begins; its thread
 * is a daemon thread, so it never keeps a process alive that ends by itself.
 */
public final class Watchdog {

  private static final Logger LOG = System.getLogger(Watchdog.class.getName());

  private final CountDownLatch disarmed = new CountDownLatch(1);

  private Watchdog() {}

  /**
   * Arms a watchdog.
   *
   * @param budget how long stopping may take
   * @param lastWill run when the budget is over: removes the files and ends the process, without
   *     waiting for any lock
   */
  public static Watchdog arm(Duration budget, Runnable lastWill) {
    Watchdog watchdog = new Watchdog();
    Thread.ofPlatform().daemon().name("watchdog").start(() -> watchdog.watch(budget, lastWill));
    return watchdog;
  }

  /** Everything is closed: it need not act any more. */
  public void disarm() {
    disarmed.countDown();
  }

  private void watch(Duration budget, Runnable lastWill) {
    try {
      if (disarmed.await(budget.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
      LOG.log(Level.ERROR, "stopping took longer than {0}: the process is ended now", budget);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; should it happen, ending the process is the safe side.
    }
    lastWill.run();
  }
}
