package dev.tsuku.llm.daemon.socket;

import dev.tsuku.llm.daemon.socket.Posix.FileId;
import dev.tsuku.llm.daemon.socket.StartException.Kind;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The one lock that says "a daemon runs here": a BSD {@code flock} on a file beside the socket.
 * Held from before the socket exists until after it is gone; whoever holds it owns both paths.
 *
 * <p>The file may be created by clients, who probe by taking the lock for an instant, and it is
 * removed by the daemon at its end while the lock is still held. So a lock counts only if the file
 * that was locked still lies at the path: a locked file that has been removed belongs to the past,
 * and with this check no two daemons can both believe they hold the lock.
 *
 * <p>Opened and closed by the main thread. The file holds the daemon's process id, for people and
 * for the message that a second daemon prints.
 */
public final class InstanceLock implements AutoCloseable {

  /** How long a lock that somebody holds is tried again: probes last an instant. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Doubled after each try, since a crowd that asks often takes the time from whoever starts. */
  private static final Duration FIRST_WAIT = Duration.ofMillis(10);

  private static final Duration LONGEST_WAIT = Duration.ofMillis(40);

  private final Path path;
  private final int fd;
  private final FileId id;
  private boolean closed;

  private InstanceLock(Path path, int fd, FileId id) {
    this.path = path;
    this.fd = fd;
    this.id = id;
  }

  /** A wait between two tries. */
  @FunctionalInterface
  public interface Pause {
    /** Waits; returns true if the start is to be given up. */
    boolean interrupted(Duration duration);
  }

  /**
   * Takes the lock, with patience for clients that hold it for a moment and for a daemon that is
   * about to end, and without any for a daemon that runs: the kernel says that it holds the lock,
   * or, where the kernel says nothing, its socket takes connections.
   *
   * @param path of the lock file
   * @param socket where a daemon that holds the lock listens
   * @throws StartException if another daemon holds it, or the file cannot be had
   */
  public static InstanceLock acquire(Path path, Path socket, Pause pause) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Duration wait = FIRST_WAIT;
    while (true) {
      // Asked before the lock itself, since that takes longer: the first native call is linked.
      boolean isLost = LockContent.isHeldByOneThatStays(path);
      Optional<InstanceLock> lock = isLost ? Optional.empty() : tryAcquire(path);
      if (lock.isPresent()) {
        return lock.get();
      }
      boolean patient =
          !isLost
              && System.nanoTime() < deadline
              && !(LockContent.isOfOneThatStays(path) && accepts(socket));
      if (pause.interrupted(patient ? wait : Duration.ZERO)) {
        throw new StartException(Kind.INTERRUPTED, "The start was interrupted.");
      }
      if (!patient) {
        throw new StartException(Kind.ALREADY_RUNNING, alreadyRunning(path));
      }
      wait = wait.compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
    }
  }

  /**
   * Whether the kernel says already that a daemon which stays holds the lock. Asks without a native
   * call and touches nothing.
   *
   * @return the sentence for the user; empty if that is not so or not known
   */
  public static Optional<String> alreadyHeld(Path path) {
    return LockContent.isHeldByOneThatStays(path)
        ? Optional.of(alreadyRunning(path))
        : Optional.empty();
  }

  /** Whether somebody listens; a queue of connections that is full is somebody's too. */
  private static boolean accepts(Path socket) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      boolean ignored = probe.connect(UnixDomainSocketAddress.of(socket));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Takes the lock if nobody holds it, and does not wait.
   *
   * @throws StartException if the file cannot be had
   */
  public static Optional<InstanceLock> tryAcquire(Path path) {
    Optional<InstanceLock> lock = tryOnce(path);
    if (lock.isPresent()) {
      lock.get().write(LockContent.running(ProcessHandle.current().pid()));
    }
    return lock;
  }

  private static Optional<InstanceLock> tryOnce(Path path) {
    try {
      int fd = Posix.open(path);
      try {
        Optional<String> objection = FileOwner.objection(path);
        if (objection.isPresent()) {
          throw new IOException(objection.get());
        }
        if (Posix.tryLock(fd)) {
          FileId id = Posix.identify(fd);
          if (FileIds.at(path).filter(id::equals).isPresent()) {
            return Optional.of(new InstanceLock(path, fd, id));
          }
        }
      } catch (IOException | RuntimeException e) {
        Posix.close(fd);
        throw e;
      }
      Posix.close(fd);
      return Optional.empty();
    } catch (Posix.PosixException e) {
      throw new StartException(
          Kind.HOME_UNUSABLE,
          "Cannot open the lock file "
              + path
              + (e.isLink() ? ": it is a symbolic link" : ": " + reason(path, e))
              + ". Remove it, or set TSUKU_HOME to another directory.",
          e);
    } catch (IOException e) {
      throw new StartException(
          Kind.HOME_UNUSABLE,
          "Cannot use the lock file "
              + path
              + ": "
              + e.getMessage()
              + ". Remove it, or set TSUKU_HOME to another directory.",
          e);
    }
  }

  private static String reason(Path path, IOException e) {
    if (Files.isDirectory(path)) {
      return "it is a directory";
    }
    Optional<String> objection = FileOwner.objection(path);
    if (objection.isPresent()) {
      return objection.get();
    }
    if (Files.exists(path) ? !Files.isWritable(path) : !Files.isWritable(path.getParent())) {
      return "it may not be written";
    }
    return String.valueOf(e.getMessage());
  }

  private static String alreadyRunning(Path path) {
    return "A daemon is already running"
        + LockContent.describeHolder(path)
        + ": it holds "
        + path
        + ". See it with 'tsuku-llm status', stop it with 'tsuku-llm stop', or set TSUKU_HOME to"
        + " another directory.";
  }

  /**
   * Says in the file that this daemon is about to end: whoever waits for the lock then waits a
   * moment longer, although the socket still answers.
   */
  public void announceEnd() {
    if (!closed) {
      write(LockContent.ending(ProcessHandle.current().pid()));
    }
  }

  /** Through the descriptor: whatever lies at the path by now, only the locked file changes. */
  private void write(byte[] content) {
    try {
      Posix.write(fd, content);
    } catch (IOException e) {
      // Only a courtesy; the lock holds without it.
    }
  }

  /** Whether the file that is locked still lies at its path. */
  public boolean holds() {
    try {
      return !closed && FileIds.at(path).filter(id::equals).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes the file, if it is still the one that is locked. The lock stays held. */
  public void removeFile() throws IOException {
    FileIds.removeIf(path, id);
  }

  /** Removes the file, then gives up the lock, in this order. Idempotent. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      removeFile();
    } finally {
      Posix.close(fd);
    }
  }
}
