package dev.tsuku.llm.engine.decode;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that do what would hold the decode thread, and with it every other request, for too
 * long. Prompts and grammars have threads of their own, so that a prompt never waits for a grammar
 * of somebody else.
 *
 * @param prompts renders and tokenizes prompts
 * @param grammars prepares constraints, and computes token masks that take long
 */
record Workers(Executor prompts, Executor grammars) implements AutoCloseable {

  private static final int THREADS = 2;

  /**
   * Tokenizers may need 3 MiB of it for one part of a text, and templates some for their recursion;
   * what is not used is only address space.
   */
  private static final long STACK_BYTES = 64L << 20;

  /**
   * Threads that begin when they are needed, and then wait for more work: where the system refuses
   * another thread later, there is one.
   */
  static Workers start() {
    return new Workers(pool("prompt-"), pool("grammar-"));
  }

  /** Everything is done at once by whoever asks for it. */
  static Workers inline() {
    return new Workers(Runnable::run, Runnable::run);
  }

  private static ThreadPoolExecutor pool(String name) {
    return new ThreadPoolExecutor(
        THREADS,
        THREADS,
        0,
        TimeUnit.SECONDS,
        // Bounded by the requests that a decode loop takes.
        new LinkedBlockingQueue<>(),
        Thread.ofPlatform().name(name, 0).daemon().stackSize(STACK_BYTES).factory()) {

      // With fewer threads than there may be, each task begins one, or fails with this error.
      @Override
      public void execute(Runnable task) {
        try {
          super.execute(task);
        } catch (OutOfMemoryError e) {
          if (getPoolSize() == 0) {
            throw e;
          }
          getQueue().add(task);
        }
      }
    };
  }

  /**
   * Interrupts what is under way, and waits until it has ended: it reads the model's vocabulary,
   * which must be open for so long.
   */
  @Override
  public void close() {
    stop(prompts);
    stop(grammars);
  }

  private static void stop(Executor executor) {
    if (!(executor instanceof ThreadPoolExecutor pool)) {
      return;
    }
    pool.shutdownNow();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = pool.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
