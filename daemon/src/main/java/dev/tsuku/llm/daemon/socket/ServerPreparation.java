package dev.tsuku.llm.daemon.socket;

import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Makes a server's parts on a thread of its own while the main thread, which has the lock by then,
 * links the other native calls of a start and writes the first lines of the log. Nothing of this
 * touches a file.
 *
 * <p>Begun, opened and closed by the main thread. Closing undoes it, unless a {@link SocketServer}
 * has the parts by then.
 */
public final class ServerPreparation implements AutoCloseable {

  private final Home home;
  private final CompletableFuture<ServerParts> parts = new CompletableFuture<>();
  private boolean opened;

  private ServerPreparation(Home home) {
    this.home = home;
  }

  /**
   * Begins; returns at once.
   *
   * @param services made on the other thread as well
   */
  public static ServerPreparation begin(Home home, Supplier<Services> services) {
    ServerPreparation preparation = new ServerPreparation(home);
    Path address = SocketServer.temporaryPath(home);
    Thread.ofPlatform()
        .daemon()
        .name("prepare-server")
        .start(
            () -> {
              try {
                preparation.parts.complete(new ServerParts(address, services.get()));
              } catch (RuntimeException | Error e) {
                preparation.parts.completeExceptionally(e);
              }
            });
    return preparation;
  }

  /**
   * Listens at the home's socket; the home's lock is held.
   *
   * @throws StartException if the socket cannot be made there
   */
  public SocketServer open() {
    SocketServer server = SocketServer.open(home, await());
    opened = true;
    return server;
  }

  /**
   * Makes a socket, on this thread while the other one initializes the rest. The first one of a
   * process takes 20 ms, for the random numbers that Java may name it with.
   */
  public void initializeUnixSockets() {
    try {
      SocketChannel.open(StandardProtocolFamily.UNIX).close();
    } catch (IOException e) {
      // The server's own socket fails for the same reason, and says so.
    }
  }

  private ServerParts await() {
    try {
      return parts.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  @Override
  public void close() {
    if (!opened && !parts.handle((_, failure) -> failure != null).join()) {
      parts.join().close();
    }
  }
}
