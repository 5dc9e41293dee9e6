package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.EngineException.Kind;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Compiles schemas on two threads of its own, so that neither the threads of calls nor the decode
 * thread are held by one that takes long. The line is bounded. Its threads end when there is
 * nothing to do, so nobody has to close it. Thread-safe.
 */
final class CompilePool {

  private static final int THREADS = 2;
  private static final int MOST_WAITING = 64;
  private static final long KEEP_ALIVE_MILLIS = 200;

  /** Address space, of which a deeply nested schema may use much. */
  private static final long STACK_BYTES = 64L << 20;

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          KEEP_ALIVE_MILLIS,
          TimeUnit.MILLISECONDS,
          new ArrayBlockingQueue<>(MOST_WAITING),
          Thread.ofPlatform().name("schema-", 0).daemon().stackSize(STACK_BYTES).factory());

  CompilePool() {
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Waits for a task that runs on one of the threads. An interrupt of the caller ends the task.
   *
   * @throws EngineException of kind {@code QUEUE_FULL} if too many wait already, {@code CANCELLED}
   *     if the caller is interrupted, and whatever kind the task throws
   */
  <T> T run(Callable<T> task) {
    Future<T> future;
    try {
      future = threads.submit(task);
    } catch (RejectedExecutionException e) {
      throw new EngineException(
          Kind.QUEUE_FULL,
          "Too many schemas are being compiled: "
              + MOST_WAITING
              + " wait, and no more may. Try again in a moment.",
          e);
    }
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw new EngineException(Kind.CANCELLED, "The request was cancelled.", e);
    } catch (CancellationException e) {
      throw new EngineException(Kind.CANCELLED, "The request was cancelled.", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineException cause) {
        throw cause;
      }
      if (e.getCause() instanceof OutOfMemoryError) {
        throw new EngineException(
            Kind.SCHEMA_REFUSED,
            "The schema cannot be honoured: compiling it needs more memory than there is. Make it"
                + " simpler.",
            e);
      }
      throw new EngineException(Kind.FAILED, "Compiling the schema failed: " + e.getCause(), e);
    }
  }
}
