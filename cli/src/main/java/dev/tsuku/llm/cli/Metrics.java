package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.ClientException;
import dev.tsuku.llm.protocol.Home;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tsuku-llm metrics}: what the running daemon tells Prometheus. Starts nothing. */
@Command(
    name = "metrics",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Prints what the running daemon has done, for Prometheus; starts none.",
    description =
        "%nThe text format is 0.0.4, as node_exporter's textfile collector reads it. Asking for it"
            + " keeps no daemon from idling out.",
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n",
    footer = {"", "Exit status: 0 printed, 1 no daemon is running, or it cannot be told."})
final class Metrics implements Callable<Integer> {

  private static final int NOT_RUNNING = 1;

  private final Terminal terminal;

  Metrics(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Home home = Session.home(terminal);
    try (Session session = Session.connect(home)) {
      terminal.out().print(session.client().metrics());
      terminal.flush();
      return 0;
    } catch (ClientException e) {
      if (e.kind() != ClientException.Kind.NOT_RUNNING) {
        throw e;
      }
      // Not on standard output, which a program reads.
      terminal.tell("No daemon is running in " + home.directory() + ".");
      return NOT_RUNNING;
    }
  }
}
