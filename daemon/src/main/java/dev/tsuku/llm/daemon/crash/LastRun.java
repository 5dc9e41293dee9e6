package dev.tsuku.llm.daemon.crash;

import dev.tsuku.llm.daemon.crash.RunMarker.Found;
import dev.tsuku.llm.daemon.crash.RunMarker.Run;
import dev.tsuku.llm.daemon.crash.RunMarker.Work;
import dev.tsuku.llm.protocol.ProcessState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How the last daemon ended that had a model in memory and did not say goodbye.
 *
 * @param run what it had, {@code deaths} counting this end where it counts
 * @param counts whether it ended for want of memory, as far as that can be told: while it loaded or
 *     computed, and either in a crash of native code or when the kernel ended processes for want of
 *     memory. A daemon that was killed while it waited had memory enough.
 */
public record LastRun(Run run, boolean counts) {

  /**
   * What the files say; damaged ones are removed.
   *
   * @param marker of the home, which no daemon uses yet
   * @param crashLog where the JVM reports a crash
   * @return empty if the last daemon ended in any way that says nothing about memory, and none
   *     before it counts any more
   */
  public static Optional<LastRun> find(RunMarker marker, Path crashLog) {
    return marker.read().flatMap(found -> judge(found, crashLog, MemoryKills.count()));
  }

  static Optional<LastRun> judge(Found found, Path crashLog, long memoryKills) {
    Run run = found.run();
    if (run.work() != Work.IDLE
        && (hasCrashed(found, crashLog) || wasShortOfMemory(run, memoryKills))) {
      return Optional.of(new LastRun(run.withDeaths(run.deaths() + 1), true));
    }
    return run.deaths() > 0 ? Optional.of(new LastRun(run, false)) : Optional.empty();
  }

  /** Where nothing is known of the kernel's doing, it may have been. */
  private static boolean wasShortOfMemory(Run run, long memoryKills) {
    return run.memoryKills() < 0 || memoryKills < 0 || memoryKills > run.memoryKills();
  }

  private static boolean hasCrashed(Found found, Path crashLog) {
    try {
      return Files.exists(crashLog)
          && !Files.getLastModifiedTime(crashLog).toInstant().isBefore(found.written());
    } catch (IOException e) {
      return false;
    }
  }

  /** The model of a daemon that runs or has died, while earlier ends count for its context. */
  static Optional<String> describe(RunMarker marker, Path crashLog) {
    Optional<Found> found = marker.peek();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Run run = found.get().run();
    if (ProcessState.isRunning(run.pid())) {
      return Optional.of(run)
          .filter(living -> living.deaths() > 0)
          .map(living -> AfterDeath.ofRunning(living));
    }
    return judge(found.get(), crashLog, MemoryKills.count()).map(AfterDeath::ofNext);
  }

  /** What decides the context of the next load beside the settings, as a sentence; mostly empty. */
  public static Optional<String> describe(Path marker, Path crashLog) {
    try (RunMarker reader = new RunMarker(marker)) {
      return describe(reader, crashLog);
    }
  }

  /**
   * The marker of a load that begins.
   *
   * @param kernelTells whether the kernel ends processes where memory is short: it does not for a
   *     graphics card's, where native code ends them itself
   */
  public static Run begin(
      Path model, int contextTokens, Optional<LastRun> last, long pid, boolean kernelTells) {
    return new Run(
        model,
        contextTokens,
        last.map(found -> found.run().deaths()).orElse(0),
        pid,
        kernelTells ? MemoryKills.count() : MemoryKills.UNKNOWN,
        Work.LOADING);
  }
}
