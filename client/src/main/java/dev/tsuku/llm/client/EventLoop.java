package dev.tsuku.llm.client;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The one thread that moves a client's bytes, a daemon thread. Owned by the client and closed with
 * it: a process that ends while this thread waits in the kernel ends 300 ms late.
 */
final class EventLoop implements AutoCloseable {

  private static final long CLOSED_WITHIN_SECONDS = 2;

  /** Kept here because a logger that nobody holds forgets its level. */
  private static final Logger BOOTSTRAP = Logger.getLogger("io.netty.bootstrap");

  static {
    // gRPC asks for TCP keep-alive on every kind of socket, and Netty warns each time.
    if (BOOTSTRAP.getLevel() == null) {
      BOOTSTRAP.setLevel(Level.SEVERE);
    }
  }

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("tsuku-llm-client", true), NioIoHandler.newFactory());

  /**
   * Starts the thread.
   *
   * @throws OutOfMemoryError if the system refuses it; closed then
   */
  EventLoop() {
    try {
      group.execute(() -> {});
    } catch (OutOfMemoryError e) {
      close();
      throw e;
    }
  }

  MultiThreadIoEventLoopGroup group() {
    return group;
  }

  @Override
  public void close() {
    group
        .shutdownGracefully(0, 0, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSED_WITHIN_SECONDS, TimeUnit.SECONDS);
  }
}
