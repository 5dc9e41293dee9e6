package dev.tsuku.llm.daemon.threads;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The threads that calls run on: a virtual one for each. Where the system refuses the platform
 * thread that is to carry it, the call runs on a reserve that was started with the daemon, one call
 * after the other; whatever would wait there is to be refused ({@link #isReserve}).
 *
 * <p>Made before anybody can call, with a first carrier that never ends. Without one, a carrier
 * that is refused once ends virtual threads for the rest of the process' life: their class stays
 * unusable if the thread that its initialization starts is refused, and later the scheduler takes
 * what waits in its queue for a sign that a carrier is on its way. Thread-safe; closed by its
 * owner.
 */
public final class CallThreads implements Executor, AutoCloseable {

  private final ExecutorService virtual =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("call-", 0).factory());

  private final Reserve reserve = new Reserve();

  /**
   * Threads for calls.
   *
   * @throws OutOfMemoryError if the system refuses the first ones
   */
  public CallThreads() {
    Thread ignored = Thread.ofVirtual().name("first-call").start(() -> {});
    reserve.start();
  }

  /**
   * Keeps a carrier, which would end after 30 s without work. To be called more often than that.
   */
  public void keepCarrier() {
    execute(() -> {});
  }

  /** Whether the current thread is the reserve of all calls, which must not wait. */
  public static boolean isReserve() {
    return Thread.currentThread() instanceof Reserve;
  }

  @Override
  public void execute(Runnable task) {
    Once once = new Once(task);
    try {
      virtual.execute(once);
    } catch (OutOfMemoryError e) {
      reserve.tasks.add(once);
    }
  }

  /** Takes no more calls and ends the reserve; virtual threads end by themselves. Idempotent. */
  @Override
  public void close() {
    virtual.shutdown();
    reserve.interrupt();
  }

  /**
   * Runs at the first try only: a virtual thread that is said not to have started waits for a
   * carrier all the same.
   */
  public static final class Once implements Runnable {

    private final Runnable task;
    private final AtomicBoolean taken = new AtomicBoolean();

    /** To be run once. */
    public Once(Runnable task) {
      this.task = task;
    }

    /** Takes the task away from whoever comes later; false if that has happened already. */
    public boolean take() {
      return taken.compareAndSet(false, true);
    }

    @Override
    public void run() {
      if (take()) {
        task.run();
      }
    }
  }

  private static final class Reserve extends Thread {

    private static final System.Logger LOG = System.getLogger("dev.tsuku.llm.daemon");

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    Reserve() {
      super("call-reserve");
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        while (true) {
          Runnable task = tasks.take();
          try {
            task.run();
          } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "a call failed", e);
          }
        }
      } catch (InterruptedException e) {
        // The end.
      }
    }
  }
}
