package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.DaemonLauncher;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.protocol.Home;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A client for the length of one command. When the process is interrupted in the meantime, it is
 * closed, which cancels the call; so a daemon stops computing what nobody waits for.
 *
 * @param client closed with this
 */
record Session(TsukuClient client) implements AutoCloseable {

  /** Set by the launcher script to its own path. */
  private static final String LAUNCHER = "tsuku.launcher";

  Session {
    Runtime.getRuntime().addShutdownHook(new Thread(client::close, "close-client"));
  }

  /**
   * The home that the environment names.
   *
   * @throws Failure if it names none
   */
  static Home home(Terminal terminal) {
    try {
      return Home.of(terminal.environment());
    } catch (IllegalArgumentException e) {
      throw new Failure(String.valueOf(e.getMessage()), e);
    }
  }

  /** Asks the daemon that runs; fails where none does. */
  static Session connect(Home home) {
    return new Session(TsukuClient.connect(home));
  }

  /** Asks the daemon that runs, or starts this very program as one. */
  static Session connectOrStart(Home home) {
    return new Session(TsukuClient.connectOrStart(home, launcher()));
  }

  private static DaemonLauncher launcher() {
    return Optional.ofNullable(System.getProperty(LAUNCHER))
        .map(path -> DaemonLauncher.of(Path.of(path)))
        .orElseGet(Session::thisJava);
  }

  private static DaemonLauncher thisJava() {
    String java =
        ProcessHandle.current()
            .info()
            .command()
            .orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    return new DaemonLauncher(
        List.of(
            java,
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
  }

  @Override
  public void close() {
    client.close();
  }
}
