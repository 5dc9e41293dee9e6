package dev.tsuku.llm.daemon.socket;

import dev.tsuku.llm.daemon.socket.Posix.FileId;
import dev.tsuku.llm.daemon.socket.StartException.Kind;
import dev.tsuku.llm.protocol.Home;
import io.grpc.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.UserPrincipal;
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

  private static final int OWNER_ONLY = 0177;

  /** Time for answers that are written to reach their callers once the server shuts down. */
  private static final long FLUSH_MILLIS = 300;

  private final Path path;
  private final FileId id;
  private final ServerParts parts;
  private boolean closed;

  private SocketServer(Path path, FileId id, ServerParts parts) {
    this.path = path;
    this.id = id;
    this.parts = parts;
  }

  /** Where a home's server is bound, before it gets its name. */
  static Path temporaryPath(Home home) {
    return home.directory().resolve(".llm.tmp");
  }

  /**
   * Listens at a home's socket.
   *
   * @param parts made for the home's {@link #temporaryPath}; this server's from now on, unless this
   *     fails
   * @throws StartException if the socket cannot be made there
   */
  static SocketServer open(Home home, ServerParts parts) {
    Path path = home.socket();
    Path temporary = temporaryPath(home);
    try {
      requireNoDirectory(path);
      requireNoDirectory(temporary);
      // With the lock held, it was left behind.
      Files.deleteIfExists(temporary);
      parts.peers().letIn(ownerOfNewFiles(temporary));
      bind(parts.server());
      FileId id = FileIds.at(temporary).orElseThrow(() -> new IOException("it has vanished"));
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      return new SocketServer(path, id, parts);
    } catch (IOException e) {
      throw new StartException(
          Kind.HOME_UNUSABLE,
          "Cannot listen at "
              + path
              + ": "
              + e.getMessage()
              + ". Set TSUKU_HOME to a directory where sockets can be made.",
          e);
    }
  }

  private static void bind(Server server) throws IOException {
    int before = PosixProcess.umask(OWNER_ONLY);
    try {
      var _ = server.start();
    } finally {
      PosixProcess.umask(before);
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

  /** To be called every few seconds, so that a call finds a thread when the system has no other. */
  public void keepThreads() {
    parts.keepThreads();
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
      parts.server().shutdown();
      if (!awaitTermination()) {
        parts.server().shutdownNow();
      }
      parts.close();
    }
  }

  private boolean awaitTermination() {
    try {
      return parts.server().awaitTermination(FLUSH_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
