package dev.tsuku.llm.bench;

import dev.tsuku.llm.bench.assets.Assets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code bench/run}. */
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    description = "Measures tsuku-llm on this machine.%n",
    subcommands = {
      All.class,
      Throughput.class,
      Rpc.class,
      Memory.class,
      Sessions.class,
      Extraction.class,
      Fields.class,
      Crowd.class,
      Restart.class,
      Tables.class,
      Templates.class,
      MaskBench.class,
      AttackRun.class
    })
final class Main {

  private Main() {}

  public static void main(String[] args) {
    CommandLine commands =
        new CommandLine(new Main()).addSubcommand(new Assets(BenchDaemon::startUnchecked));
    System.exit(commands.execute(args));
  }
}
