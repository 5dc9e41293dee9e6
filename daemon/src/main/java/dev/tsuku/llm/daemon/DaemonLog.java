package dev.tsuku.llm.daemon;

import dev.tsuku.llm.daemon.log.LogFile;
import dev.tsuku.llm.daemon.settings.SettingsReport;
import dev.tsuku.llm.daemon.settings.UnknownKey;
import dev.tsuku.llm.daemon.socket.FileOwner;
import dev.tsuku.llm.daemon.socket.StartException;
import dev.tsuku.llm.protocol.GoDuration;
import dev.tsuku.llm.protocol.Version;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;

/** The beginning of a daemon's log. Used by the main thread. */
final class DaemonLog {

  private static final Logger LOG = System.getLogger(DaemonRun.class.getName());

  private DaemonLog() {}

  /**
   * Sends everything that is logged to a file.
   *
   * @throws StartException if it cannot be written, or is none of this user's
   */
  static LogFile install(Path file) {
    try {
      return LogFile.install(file);
    } catch (IOException e) {
      throw new StartException(
          StartException.Kind.HOME_UNUSABLE,
          "Cannot write the log "
              + file
              + ": "
              + e.getMessage()
              + ". Remove it, or set TSUKU_HOME to another directory.",
          e);
    }
  }

  /**
   * Makes sure that the JVM's report of a crash goes into no file that a link leads to.
   *
   * @throws StartException if what is there is a link, or none of this user's
   */
  static void requireCrashLog(Path file) {
    FileOwner.objection(file)
        .ifPresent(
            objection -> {
              throw new StartException(
                  StartException.Kind.HOME_UNUSABLE,
                  "Cannot use "
                      + file
                      + ", where Java would report a crash: "
                      + objection
                      + ". Remove it, or set TSUKU_HOME to another directory.");
            });
  }

  /** The first lines of a daemon that has the lock. */
  static void begin(SettingsReport report) {
    LOG.log(
        Level.INFO,
        "tsuku-llm {0} starts, pid {1}, idle timeout {2}",
        Version.current(),
        Long.toString(ProcessHandle.current().pid()),
        GoDuration.format(report.settings().idleTimeout()));
    for (UnknownKey key : report.unknownKeys()) {
      LOG.log(
          Level.INFO,
          "{0}, line {1}: {2} is no setting",
          report.configFile(),
          Integer.toString(key.line()),
          key.name());
    }
  }
}
