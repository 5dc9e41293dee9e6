package dev.tsuku.llm.daemon.socket;

import dev.tsuku.llm.daemon.socket.Posix.FileId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/**
 * What a lock file says of the daemon that holds it: the process id in the first line, and in a
 * second one, as soon as that is so, that the daemon is about to end.
 */
final class LockContent {

  private static final String ENDING = "ending";

  /** All locks that processes hold, on Linux. */
  private static final Path LOCKS = Path.of("/proc/locks");

  /** The kernel counts a process's start from a boot time in whole seconds. */
  private static final Duration START_TIMES_ARE_WITHIN = Duration.ofSeconds(2);

  private LockContent() {}

  /** Of a daemon that runs. */
  static byte[] running(long pid) {
    return (pid + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Of a daemon that has begun to shut down. */
  static byte[] ending(long pid) {
    return (pid + "\n" + ENDING + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Whether a file names a daemon that is not about to end. A client that made the file names none,
   * and what a killed daemon wrote stays: so this alone proves nothing.
   */
  static boolean isOfOneThatStays(Path path) {
    List<String> lines = lines(path);
    return !lines.isEmpty() && !lines.contains(ENDING);
  }

  /**
   * Whether the process that a file names holds the lock on it, and is not about to end. Only a
   * daemon names itself there: a client that holds the lock for an instant finds its own number
   * nowhere. False also where the kernel does not list locks, as only Linux does.
   */
  static boolean isHeldByOneThatStays(Path path) {
    List<String> lines = lines(path);
    if (lines.isEmpty() || lines.contains(ENDING)) {
      return false;
    }
    try {
      // "3: FLOCK  ADVISORY  WRITE 4711 fd:00:1234 0 EOF"; devices differ on stacked file systems.
      // Plain loops and searches, and no lambdas: a loser is to be gone before it has loaded much.
      String holder = " WRITE " + lines.getFirst().strip() + " ";
      Optional<FileId> file = FileIds.at(path);
      if (file.isEmpty()) {
        return false;
      }
      String inode = ":" + file.get().inode() + " ";
      for (String lock : Files.readAllLines(LOCKS, StandardCharsets.ISO_8859_1)) {
        if (lock.contains(": FLOCK ") && lock.contains(holder) && lock.contains(inode)) {
          return true;
        }
      }
    } catch (IOException e) {
      // Then it is not known.
    }
    return false;
  }

  /**
   * {@code " (pid 4711, since ...)"}, or nothing where the file names no process, or one that
   * cannot be the one that wrote there.
   */
  static String describeHolder(Path path) {
    try {
      List<String> lines = lines(path);
      if (lines.isEmpty()) {
        return "";
      }
      long pid = Long.parseLong(lines.getFirst().strip());
      Optional<ProcessHandle> process = ProcessHandle.of(pid);
      if (process.isEmpty()) {
        return "";
      }
      Instant start = process.get().info().startInstant().orElse(null);
      if (start == null) {
        return " (pid " + pid + ")";
      }
      Instant written = Files.getLastModifiedTime(path).toInstant();
      // A killed daemon leaves its number, which a later process may have been given.
      return written.plus(START_TIMES_ARE_WITHIN).isBefore(start)
          ? ""
          : " (pid " + pid + ", since " + time(start) + ")";
    } catch (IOException | NumberFormatException e) {
      return "";
    }
  }

  private static List<String> lines(Path path) {
    try {
      return Files.readAllLines(path, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** In UTC, since the local time zone's rules take longer to load than all the rest. */
  private static String time(Instant instant) {
    return LocalDateTime.ofEpochSecond(instant.getEpochSecond(), 0, ZoneOffset.UTC) + "Z";
  }
}
