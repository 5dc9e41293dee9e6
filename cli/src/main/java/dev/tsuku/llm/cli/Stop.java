package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.ClientException;
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
  private static boolean stop(Home home) {
    try (Session session = Session.connect(home)) {
      long pid = session.client().status().daemon().pid();
      ask(session.client());
      if (session.client().awaitGone(GONE_WITHIN)) {
        return true;
      }
      throw new Failure(
          "The daemon (pid "
              + pid
              + ") is still there "
              + GONE_WITHIN.toSeconds()
              + " s after it was asked to stop. Its log is "
              + home.log()
              + "; 'kill "
              + pid
              + "' ends it.");
    } catch (ClientException e) {
      if (e.kind() == ClientException.Kind.NOT_RUNNING) {
        return false;
      }
      throw e;
    }
  }

  private static void ask(TsukuClient daemon) {
    try {
      if (!daemon.stop(true)) {
        throw new Failure("The daemon refuses to stop. SIGTERM ends it.");
      }
    } catch (ClientException e) {
      // On its way out already: that is what was wanted.
      if (e.kind() != ClientException.Kind.GONE) {
        throw e;
      }
    }
  }
}
