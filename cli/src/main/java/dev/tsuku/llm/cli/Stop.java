package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.ClientException;
import dev.tsuku.llm.client.DaemonStatus;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.protocol.Home;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tsuku-llm stop}: ends the daemon and waits until it has gone. */
@Command(
    name = "stop",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Stops the running daemon and waits until it has gone.",
    synopsisHeading = "%nUsage: ",
    description = {
      "%nIt finishes what it is answering, for up to 10 seconds. It is no failure if none is running."
    },
    optionListHeading = "%nOptions:%n")
final class Stop implements Callable<Integer> {

  /** The 10 s that a daemon may take, and time to clean up. */
  private static final Duration GONE_WITHIN = Duration.ofSeconds(15);

  /** After this long, whoever waits wants to know what for. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final Terminal terminal;

  Stop(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Home home = Session.home(terminal);
    terminal
        .out()
        .println(stop(home) ? "stopped" : "No daemon is running in " + home.directory() + ".");
    terminal.flush();
    return 0;
  }

  /**
   * @return whether there was one
   */
  private boolean stop(Home home) {
    try (Session session = Session.connect(home)) {
      DaemonStatus.Daemon daemon = session.client().status().daemon();
      if (!session.client().stop(true)) {
        throw new Failure(
            "The daemon (pid " + daemon.pid() + ") refuses to stop. SIGTERM ends it.");
      }
      awaitGone(session.client(), daemon, home);
      return true;
    } catch (ClientException e) {
      if (e.kind() == ClientException.Kind.NOT_RUNNING) {
        return false;
      }
      throw e;
    }
  }

  private void awaitGone(TsukuClient client, DaemonStatus.Daemon daemon, Home home) {
    if (client.awaitGone(SILENCE)) {
      return;
    }
    terminal.tell(
        "The daemon (pid "
            + daemon.pid()
            + ") "
            + (daemon.inFlight() > 0
                ? "finishes first what it is answering, for up to 10 s"
                : "takes a moment")
            + "; it goes also if you do not wait.");
    if (!client.awaitGone(GONE_WITHIN.minus(SILENCE))) {
      throw new Failure(
          "The daemon (pid "
              + daemon.pid()
              + ") is still there "
              + GONE_WITHIN.toSeconds()
              + " s after it was asked to stop. Its log is "
              + home.log()
              + "; 'kill -KILL "
              + daemon.pid()
              + "' ends it.");
    }
  }
}
