package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.daemon.Daemon;
import java.util.Optional;
import picocli.CommandLine.ExitCode;

/** The {@code tsuku-llm} process. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    boolean serves = args.length == 0 || args[0].equals(Serve.NAME);
    if (serves) {
      // Before anything else: until then, a signal ends the process the hard way.
      Daemon.listenForSignals();
    }
    Optional<String> problem = ProcessText.problem(args, System.getenv());
    if (problem.isPresent()) {
      if (serves) {
        Daemon.attachStandardError();
      }
      Terminal.ofProcess().tell(problem.get());
      System.exit(ExitCode.USAGE);
    }
    if (Version.isAskedForAlone(args)) {
      Terminal terminal = Terminal.ofProcess();
      terminal.out().println(Version.line());
      terminal.out().flush();
      System.exit(ExitCode.OK);
    }
    if (serves) {
      Optional<Serve.Plain> plain = Serve.plain(args);
      if (plain.isPresent()) {
        // No shutdown hook has anything left to do. System.exit would make a logger, for which Java
        // opens every jar; and whoever lost to another daemon is to be gone by then.
        Runtime.getRuntime().halt(Daemon.serve(plain.get().given(), System.getenv()));
      }
      Daemon.attachStandardError();
    } else {
      QuietLogs.install();
      if (args[0].equals(Complete.NAME)) {
        // Reading the command line takes as long.
        TsukuClient.prepare();
      }
    }
    System.exit(CommandTree.run(Terminal.ofProcess(), args));
  }
}
