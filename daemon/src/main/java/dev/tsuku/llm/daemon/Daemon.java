package dev.tsuku.llm.daemon;

import dev.tsuku.llm.daemon.exit.EarlySignal;
import dev.tsuku.llm.daemon.exit.ExitStatus;
import dev.tsuku.llm.daemon.log.LogFile;
import dev.tsuku.llm.daemon.settings.Key;
import dev.tsuku.llm.daemon.settings.SettingsException;
import dev.tsuku.llm.daemon.settings.SettingsReader;
import dev.tsuku.llm.daemon.settings.SettingsReport;
import dev.tsuku.llm.daemon.signal.StopSignals;
import dev.tsuku.llm.daemon.socket.InstanceLock;
import dev.tsuku.llm.daemon.socket.PosixProcess;
import dev.tsuku.llm.daemon.socket.StartException;
import dev.tsuku.llm.daemon.state.Lifecycle;
import dev.tsuku.llm.daemon.state.StopRequest;
import dev.tsuku.llm.daemon.state.StopRequest.Cause;
import dev.tsuku.llm.protocol.Home;
import java.util.Map;
import java.util.Optional;

/**
 * The daemon as the command sees it: {@code tsuku-llm serve}. One for a process. Both methods are
 * the main thread's.
 */
public final class Daemon {

  private static final Lifecycle LIFECYCLE = new Lifecycle();

  /** The environment variable of a daemon that is to leave its parent's session: 1, or not set. */
  static final String OWN_SESSION = "TSUKU_LLM_OWN_SESSION";

  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;

  private Daemon() {}

  /**
   * Makes signals ask the daemon to stop, whatever it is doing. The first thing that {@code main}
   * does if it is going to {@link #serve}.
   */
  public static void listenForSignals() {
    StopSignals.sendTo(LIFECYCLE);
  }

  /** Makes standard error the user's, for whoever is going to print there without this class. */
  public static void attachStandardError() {
    StandardError.attach();
  }

  /**
   * What a daemon does that stays: it leaves the session of its client, and says on the user's
   * standard error whatever is to be said from now on, the JVM's words included.
   */
  static void settle() {
    StandardError.attach();
    if ("1".equals(System.getenv(OWN_SESSION))) {
      // Ignored until now, so that what is meant for the client's terminal does not end this.
      PosixProcess.leaveSession();
      PosixProcess.unignore(SIGHUP);
      PosixProcess.unignore(SIGINT);
      StopSignals.sendTo(LIFECYCLE);
    }
  }

  /**
   * Runs the daemon to its end. Prints nothing but, on stderr, what is wrong with its settings, or
   * the one line that says why else it could not start.
   *
   * @param flags what the command line says, as text
   * @param environment the process's variables
   * @return the status to end the process with, where it has not ended already; everything is
   *     closed by then
   */
  public static int serve(Map<Key, String> flags, Map<String, String> environment) {
    // Before the lock there are settings to be read and a log to be opened.
    PosixProcess.linkInBackground();
    EarlySignal early;
    try {
      early =
          EarlySignal.open(
              () -> LIFECYCLE.requestStop(new StopRequest(Cause.SIGNAL, "before the start")),
              Budgets.DEFAULT.stop());
    } catch (IllegalStateException e) {
      // The JVM is about to end the process.
      return ExitStatus.CLEAN;
    }
    try (early) {
      return serveToTheEnd(flags, environment);
    }
  }

  private static int serveToTheEnd(Map<Key, String> flags, Map<String, String> environment) {
    SettingsReport report;
    try {
      report = SettingsReader.read(flags, environment);
    } catch (SettingsException e) {
      complain(String.valueOf(e.getMessage()));
      return ExitStatus.USAGE;
    }
    for (String complaint : report.complaints()) {
      complain(complaint);
    }
    if (!report.problems().isEmpty()) {
      return ExitStatus.USAGE;
    }
    if (report.refusal().isPresent()) {
      complain(report.refusal().get());
      return ExitStatus.FAILED_START;
    }
    // Of a crowd that starts at once, all but one end here. What follows makes loggers, for which
    // Java opens every jar in search of another kind: that takes longer than all until here.
    Home home = report.settings().home();
    Optional<String> running = InstanceLock.alreadyHeld(home.lock());
    Optional<InstanceLock> lock = running.isPresent() ? Optional.empty() : takeLock(home);
    if (lock.isEmpty() && running.isEmpty()) {
      running = InstanceLock.alreadyHeld(home.lock());
    }
    if (running.isPresent()) {
      return lostTheRace(running.get());
    }
    // Until there is a log file; by default, logging would go to the terminal.
    LogFile.silence();
    int status = new DaemonRun(report, LIFECYCLE, new LlamaLoader(report.settings()), lock).run();
    if (LlamaLoader.isNativeCodeLoaded() && !Training.IS_ON) {
      // Everything is closed; what could still run are destructors of native libraries, which may
      // hang or crash where a graphics driver is among them.
      PosixProcess.exitNow(status);
    }
    return status;
  }

  /** The lock, if it can be had at once; why it cannot is for {@link DaemonRun} to find out. */
  private static Optional<InstanceLock> takeLock(Home home) {
    try {
      HomeDirectory.prepare(home.directory());
      return InstanceLock.tryAcquire(home.lock());
    } catch (StartException e) {
      return Optional.empty();
    }
  }

  /** Whichever came first counts: the news that another daemon is there, or a wish to stop. */
  private static int lostTheRace(String sentence) {
    LIFECYCLE.requestStop(new StopRequest(Cause.FAILED_START, sentence));
    if (!LIFECYCLE.isFailedStart()) {
      return ExitStatus.CLEAN;
    }
    complain(sentence);
    return ExitStatus.FAILED_START;
  }

  /** One line on the user's terminal. */
  static void complain(String sentence) {
    StandardError.println("tsuku-llm: " + sentence);
  }
}
