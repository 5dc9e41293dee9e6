package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.settings.SettingsException;
import dev.tsuku.llm.daemon.settings.SettingsReader;
import dev.tsuku.llm.daemon.settings.SettingsReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tsuku-llm config}: what a daemon would be told, and by whom. Starts none. */
@Command(
    name = "config",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    header = "Shows the settings that a daemon would start with, and where they come from.",
    synopsisHeading = "%nUsage: ",
    description = {
      "%nOne that runs already has those of its own start. Options of serve may be given as to serve."
    },
    optionListHeading = "%nOptions:%n",
    footer = {"", "Exit status: 0 the settings are good, 2 they are not."})
final class Config implements Callable<Integer> {

  private final Terminal terminal;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Mixin private ServeOptions options = new ServeOptions();

  Config(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    SettingsReport report;
    try {
      report = SettingsReader.read(options.given(), terminal.environment());
    } catch (SettingsException e) {
      terminal.tell(String.valueOf(e.getMessage()));
      return ExitCode.USAGE;
    }
    terminal.out().println(json ? ConfigJson.of(report) : ConfigTable.of(report));
    terminal.flush();
    return report.problems().isEmpty() ? ExitCode.OK : ExitCode.USAGE;
  }
}
