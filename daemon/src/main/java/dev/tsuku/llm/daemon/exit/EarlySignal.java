package dev.tsuku.llm.daemon.exit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets the daemon end cleanly where the JVM is about to end the process in its own way: a signal
 * that came just before the daemon's handlers were in place has begun an exit that goes on, on a
 * thread of the JVM's, while {@code main} runs. The JVM calls its shutdown hooks first, and this
 * one asks for a stop and waits for its end. On every other way to the exit it returns at once.
 *
 * <p>Opened and closed by the main thread, around everything that makes files.
 */
public final class EarlySignal implements AutoCloseable {

  private final CountDownLatch ended = new CountDownLatch(1);

  private EarlySignal() {}

  /**
   * From now on such an exit waits until this is closed.
   *
   * @param requestStop called if there is one; returns at once
   * @param within how long the stop may take
   * @throws IllegalStateException if the exit has come so far that it waits for nobody; then
   *     nothing may be begun any more
   */
  public static EarlySignal open(Runnable requestStop, Duration within) {
    EarlySignal opened = new EarlySignal();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> opened.awaitEnd(requestStop, within), "early-signal"));
    return opened;
  }

  private void awaitEnd(Runnable requestStop, Duration within) {
    if (ended.getCount() == 0) {
      return;
    }
    requestStop.run();
    try {
      boolean ignored = ended.await(within.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; the process ends either way.
    }
  }

  @Override
  public void close() {
    ended.countDown();
  }
}
