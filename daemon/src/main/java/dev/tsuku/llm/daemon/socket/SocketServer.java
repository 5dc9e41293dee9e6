package dev.tsuku.llm.daemon.socket;

import dev.tsuku.llm.daemon.socket.Posix.FileId;
import dev.tsuku.llm.daemon.socket.StartException.Kind;
import dev.tsuku.llm.protocol.Home;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A gRPC server on a Unix socket that only its owner can reach. Opened and closed by the main
 * thread while it holds the {@link InstanceLock} of the same directory.
 *
 * <p>The socket is bound under a temporary name and renamed to its own: so it replaces whatever is
 * stale in one step, is 0600 from its first moment, never answers under its name before the server
 * does, and stays until {@link #removeFile} although the server unlinks what it bound as soon as it
 * is told to shut down. The temporary name is as long as the final one, so that both fit.
 */
public final class SocketServer implements AutoCloseable {

  /** Larger requests are refused by gRPC with both sizes in its message. */
  private static final int MAX_REQUEST_BYTES = 16 << 20;

  private static final int OWNER_ONLY = 0177;

  /** Time for answers that are written to reach their callers once the server shuts down. */
  private static final long FLUSH_MILLIS = 300;

  private final Path path;
  private final FileId id;
  private final Server server;
  private final EventLoopGroup eventLoop;
  private final ExecutorService calls;
  private boolean closed;

  private SocketServer(
      Path path, FileId id, Server server, EventLoopGroup eventLoop, ExecutorService calls) {
    this.path = path;
    this.id = id;
    this.server = server;
    this.eventLoop = eventLoop;
    this.calls = calls;
  }

  /**
   * Listens at a home's socket and answers with the given services, each call on a virtual thread.
   *
   * @throws StartException if the socket cannot be made there
   */
  public static SocketServer open(Home home, List<BindableService> services) {
    Path path = home.socket();
    Path temporary = home.directory().resolve(".llm.tmp");
    EventLoopGroup eventLoop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("event-loop", true), NioIoHandler.newFactory());
    ExecutorService calls =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("call-", 0).factory());
    try {
      requireNoDirectory(path);
      requireNoDirectory(temporary);
      // With the lock held, it was left behind.
      Files.deleteIfExists(temporary);
      PeerCheck peers = new PeerCheck(ownerOfNewFiles(temporary));
      NettyServerBuilder builder =
          NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(temporary))
              .channelFactory(
                  () -> {
                    NioServerDomainSocketChannel channel = new NioServerDomainSocketChannel();
                    channel.pipeline().addFirst(peers);
                    return channel;
                  })
              .bossEventLoopGroup(eventLoop)
              .workerEventLoopGroup(eventLoop)
              .executor(calls)
              .maxInboundMessageSize(MAX_REQUEST_BYTES)
              .permitKeepAliveTime(1, TimeUnit.SECONDS)
              .permitKeepAliveWithoutCalls(true);
      services.forEach(builder::addService);
      Server server = bind(builder.build());
      FileId id = FileIds.at(temporary).orElseThrow(() -> new IOException("it has vanished"));
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      return new SocketServer(path, id, server, eventLoop, calls);
    } catch (IOException e) {
      closeThreads(eventLoop, calls);
      throw new StartException(
          Kind.HOME_UNUSABLE,
          "Cannot listen at "
              + path
              + ": "
              + e.getMessage()
              + ". Set TSUKU_HOME to a directory where sockets can be made.",
          e);
    } catch (RuntimeException | Error e) {
      closeThreads(eventLoop, calls);
      throw e;
    }
  }

  private static Server bind(Server server) throws IOException {
    int before = Posix.umask(OWNER_ONLY);
    try {
      return server.start();
    } finally {
      Posix.umask(before);
    }
  }

  /** The user that this process runs as: who owns what it creates, here at a path that is free. */
  private static UserPrincipal ownerOfNewFiles(Path path) throws IOException {
    Files.createFile(path);
    try {
      return Files.getOwner(path);
    } finally {
      Files.delete(path);
    }
  }

  /** Anything else at either name belongs to nobody, since the lock is held, and is replaced. */
  private static void requireNoDirectory(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("there is a directory of that name: " + path);
    }
  }

  /** Whether the socket at the path is still this server's. */
  public boolean holds() {
    try {
      return FileIds.at(path).filter(id::equals).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes the socket's file, if it is still this server's; connections go on. */
  public void removeFile() throws IOException {
    FileIds.removeIf(path, id);
  }

  /**
   * Removes the file, lets answers that are written reach their callers, closes every connection
   * and ends the event loop. Idempotent.
   */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      removeFile();
    } finally {
      server.shutdown();
      if (!awaitTermination()) {
        server.shutdownNow();
      }
      closeThreads(eventLoop, calls);
    }
  }

  private static void closeThreads(EventLoopGroup eventLoop, ExecutorService calls) {
    // The process ends 300 ms later than it could while a thread is inside the selector.
    boolean ignored =
        eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    // Last: a call that still comes in and finds no thread is told of an internal error.
    calls.shutdown();
  }

  private boolean awaitTermination() {
    try {
      return server.awaitTermination(FLUSH_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
