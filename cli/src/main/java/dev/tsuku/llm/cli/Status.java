package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.ClientException;
import dev.tsuku.llm.client.DaemonStatus;
import dev.tsuku.llm.protocol.Home;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tsuku-llm status}: what runs. Starts nothing. */
@Command(
    name = "status",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Shows what the running daemon does; starts none.",
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n",
    footer = {"", "Exit status: 0 a daemon is running, 1 none is, or it cannot be told."})
final class Status implements Callable<Integer> {

  private static final int NOT_RUNNING = 1;

  private final Terminal terminal;

  @Option(names = "--json", description = "Print a JSON object; {\"running\":false} where none is.")
  private boolean json;

  Status(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Home home = Session.home(terminal);
    Optional<DaemonStatus> running = running(home);
    terminal
        .out()
        .println(
            json
                ? Json.of(running)
                : running
                    .map(status -> StatusTable.of(status, Instant.now(), ZoneId.systemDefault()))
                    .orElse(
                        "No daemon is running in "
                            + home.directory()
                            + ". 'tsuku-llm complete' starts one when it needs it."));
    terminal.flush();
    return running.isPresent() ? 0 : NOT_RUNNING;
  }

  private static Optional<DaemonStatus> running(Home home) {
    try (Session session = Session.connect(home)) {
      return Optional.of(session.client().status());
    } catch (ClientException e) {
      if (e.kind() == ClientException.Kind.NOT_RUNNING) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
