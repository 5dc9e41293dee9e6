package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.Daemon;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tsuku-llm serve}: this process becomes the daemon. */
@Command(
    name = Serve.NAME,
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Runs the daemon in the foreground until it is stopped or has long been idle.",
    synopsisHeading = "%nUsage: ",
    description = {"%nThe other commands start it by themselves when they need it."},
    optionListHeading = "%nOptions:%n",
    footer = {"", "'tsuku-llm config' shows all settings and where they come from."})
final class Serve implements Callable<Integer> {

  static final String NAME = "serve";

  private static final String IDLE_TIMEOUT = "--idle-timeout";

  /** A command line that says nothing but how long to stay, if that. */
  record Plain(Optional<String> idleTimeout) {}

  private final Terminal terminal;

  @Option(
      names = IDLE_TIMEOUT,
      paramLabel = "DURATION",
      description = {
        "End after this long without work, such as 5m, 1h30m or 90 (seconds);",
        "0s: never. 5m unless TSUKU_LLM_IDLE_TIMEOUT or config.toml say otherwise."
      })
  private @Nullable String idleTimeout;

  Serve(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return Daemon.serve(Optional.ofNullable(idleTimeout), terminal.environment());
  }

  /**
   * Reads the command lines that programs start the daemon with, by hand: a client is waiting, and
   * the general way takes longer than all the rest of the start. Empty for every other one.
   */
  static Optional<Plain> plain(String... args) {
    List<String> rest = List.of(args).subList(Math.min(1, args.length), args.length);
    if (rest.isEmpty()) {
      return Optional.of(new Plain(Optional.empty()));
    }
    String first = rest.getFirst();
    if (rest.size() == 1 && first.startsWith(IDLE_TIMEOUT + "=")) {
      return Optional.of(new Plain(Optional.of(first.substring(IDLE_TIMEOUT.length() + 1))));
    }
    if (rest.size() == 2 && first.equals(IDLE_TIMEOUT) && !rest.getLast().startsWith("-")) {
      return Optional.of(new Plain(Optional.of(rest.getLast())));
    }
    return Optional.empty();
  }
}
