package dev.tsuku.llm.daemon.socket;

import dev.tsuku.llm.daemon.socket.Posix.FileId;
import dev.tsuku.llm.daemon.socket.StartException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
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

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(20);

  /** The kernel counts a process's start from a boot time in whole seconds. */
  private static final Duration START_TIMES_ARE_WITHIN = Duration.ofSeconds(2);

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
   * Takes the lock, with patience for clients that hold it for a moment.
   *
   * @throws StartException if another daemon holds it, or the file cannot be had
   */
  public static InstanceLock acquire(Path path, Pause pause) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Optional<InstanceLock> lock = tryOnce(path);
      if (lock.isPresent()) {
        lock.get().writeProcessId();
        return lock.get();
      }
      boolean patient = System.nanoTime() < deadline;
      if (pause.interrupted(patient ? BETWEEN_TRIES : Duration.ZERO)) {
        throw new StartException(Kind.INTERRUPTED, "The start was interrupted.");
      }
      if (!patient) {
        throw new StartException(Kind.ALREADY_RUNNING, alreadyRunning(path));
      }
    }
  }

  private static Optional<InstanceLock> tryOnce(Path path) {
    try {
      int fd = Posix.open(path);
      try {
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
          Kind.HOME_UNUSABLE, "Cannot use the lock file " + path + ": " + e.getMessage() + ".", e);
    }
  }

  private static String reason(Path path, IOException e) {
    if (Files.isDirectory(path)) {
      return "it is a directory";
    }
    if (Files.exists(path) ? !Files.isWritable(path) : !Files.isWritable(path.getParent())) {
      return "it may not be written";
    }
    return String.valueOf(e.getMessage());
  }

  private static String alreadyRunning(Path path) {
    return "A daemon is already running"
        + holder(path).map(InstanceLock::describe).orElse("")
        + ": it holds "
        + path
        + ". See it with 'tsuku-llm status', stop it with 'tsuku-llm stop', or set TSUKU_HOME to"
        + " another directory.";
  }

  /** The process that the file names, unless it cannot be the one that wrote there. */
  private static Optional<ProcessHandle> holder(Path path) {
    try {
      Instant written = Files.getLastModifiedTime(path).toInstant();
      return ProcessHandle.of(Long.parseLong(Files.readString(path).strip()))
          // A killed daemon leaves its number, which a later process may have been given.
          .filter(process -> !startedAfter(process, written.plus(START_TIMES_ARE_WITHIN)));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static boolean startedAfter(ProcessHandle process, Instant instant) {
    return process.info().startInstant().filter(instant::isBefore).isPresent();
  }

  private static String describe(ProcessHandle process) {
    DateTimeFormatter time = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");
    return " (pid "
        + process.pid()
        + process
            .info()
            .startInstant()
            .map(start -> ", since " + time.format(start.atZone(ZoneId.systemDefault())))
            .orElse("")
        + ")";
  }

  private void writeProcessId() {
    try {
      Files.writeString(path, ProcessHandle.current().pid() + "\n");
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
