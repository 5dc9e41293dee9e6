package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.Daemon;
import dev.tsuku.llm.daemon.settings.Key;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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

  /** A command line that says nothing but how long to stay, if that. */
  record Plain(Optional<String> idleTimeout) {

    Map<Key, String> given() {
      return idleTimeout.map(text -> Map.of(Key.IDLE_TIMEOUT, text)).orElse(Map.of());
    }
  }

  private final Terminal terminal;

  @Mixin private ServeOptions options = new ServeOptions();

  Serve(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return Daemon.serve(options.given(), terminal.environment());
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
    if (rest.size() == 1 && first.startsWith(ServeOptions.IDLE_TIMEOUT + "=")) {
      return Optional.of(
          new Plain(Optional.of(first.substring(ServeOptions.IDLE_TIMEOUT.length() + 1))));
    }
    if (rest.size() == 2
        && first.equals(ServeOptions.IDLE_TIMEOUT)
        && !rest.getLast().startsWith("-")) {
      return Optional.of(new Plain(Optional.of(rest.getLast())));
    }
    return Optional.empty();
  }
}
