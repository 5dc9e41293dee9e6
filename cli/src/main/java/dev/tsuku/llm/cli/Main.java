package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.Daemon;

/** The {@code tsuku-llm} process. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    boolean serves = args.length == 0 || args[0].equals(Serve.NAME);
    if (serves) {
      // Before anything else: until then, a signal ends the process the hard way.
      Daemon.listenForSignals();
    } else {
      QuietLogs.install();
    }
    System.exit(CommandTree.run(Terminal.ofProcess(), args));
  }
}
