package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.Daemon;
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
    description = {
      "Runs the daemon in the foreground until it is stopped or has been idle for a while.",
      "The other commands start it by themselves when they need it.%n"
    },
    optionListHeading = "Options:%n")
final class Serve implements Callable<Integer> {

  static final String NAME = "serve";

  private final Terminal terminal;

  @Option(
      names = "--idle-timeout",
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
}
