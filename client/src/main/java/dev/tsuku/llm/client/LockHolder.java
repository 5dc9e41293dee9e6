package dev.tsuku.llm.client;

import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The process that a home's lock file names: a daemon that is there although it does not answer. A
 * hint, since the lock itself is not asked, but never the name of an innocent: who reads it may be
 * about to kill.
 */
final class LockHolder {

  /** The kernel counts a process's start from a boot time in whole seconds. */
  private static final Duration START_TIMES_ARE_WITHIN = Duration.ofSeconds(2);

  /** Stands in the command line of every daemon, in the path of its program if nowhere else. */
  private static final String OURS = "tsuku";

  private LockHolder() {}

  /** The daemon of a home, if it lives; empty also where that cannot be told. */
  static Optional<ProcessHandle> in(Home home) {
    try {
      Instant written = Files.getLastModifiedTime(home.lock()).toInstant();
      // A second line, if there is one, says that the daemon is about to end.
      String first = Files.readString(home.lock()).lines().findFirst().orElse("");
      return ProcessHandle.of(Long.parseLong(first.strip()))
          .filter(process -> mayBe(process.info(), written.plus(START_TIMES_ARE_WITHIN)))
          .filter(ProcessHandle::isAlive);
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** A killed daemon leaves its number, which a later process may have been given. */
  private static boolean mayBe(ProcessHandle.Info process, Instant written) {
    return process.startInstant().filter(written::isAfter).isPresent()
        && process.commandLine().filter(line -> line.contains(OURS)).isPresent();
  }

  /** {@code " (pid 4711)"}, or nothing. */
  static String inBrackets(Optional<ProcessHandle> holder) {
    return holder.map(process -> " (pid " + process.pid() + ")").orElse("");
  }

  /** {@code "; 'kill -KILL 4711' ends it"}, or nothing. */
  static String wayToEnd(Optional<ProcessHandle> holder) {
    return holder.map(process -> "; 'kill -KILL " + process.pid() + "' ends it").orElse("");
  }
}
