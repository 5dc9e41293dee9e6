package dev.tsuku.llm.client;

import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Plays a daemon in a process of its own, as its first argument says. The lock file's existence is
 * the lock. Every one that gets it adds a line to the file {@code winners}.
 */
final class FakeDaemonMain {

  private FakeDaemonMain() {}

  /** The launcher of a fake daemon that behaves as {@code mode} says. */
  static DaemonLauncher launcher(String mode) {
    return new DaemonLauncher(
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            // Early in the line, of which only the beginning can be read from outside.
            "-Dtsuku.fake=true",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            FakeDaemonMain.class.getName(),
            mode));
  }

  static Path winners(Home home) {
    return home.directory().resolve("winners");
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Home home = Home.of(System.getenv());
    if (!args[1].equals("serve")) {
      throw new IllegalArgumentException("expected serve, got " + args[1]);
    }
    if (args[0].equals("broken")) {
      System.err.println("tsuku-llm: config.toml has no table 'llm'.");
      System.err.println("tsuku-llm: 'soon' is no duration.");
      System.err.println("tsuku-llm: warning: It is late.");
      System.exit(1);
    }
    try {
      Files.createFile(home.lock());
    } catch (FileAlreadyExistsException e) {
      System.err.println("tsuku-llm: A daemon is already running.");
      System.exit(1);
    }
    Files.writeString(home.lock(), ProcessHandle.current().pid() + "\n");
    Files.writeString(
        winners(home),
        ProcessHandle.current().pid() + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    if (args[0].equals("slow") && new CountDownLatch(1).await(700, TimeUnit.MILLISECONDS)) {
      throw new AssertionError();
    }
    boolean dies = args[0].equals("dies-once") && Files.readAllLines(winners(home)).size() == 1;
    try (FakeDaemon daemon =
        new FakeDaemon(
            home,
            (request, caller) -> {
              if (dies) {
                die(home);
              }
              FakeDaemon.echo(request, caller);
            },
            (request, caller) -> {
              if (dies) {
                die(home);
              }
              FakeDaemon.echoInPieces(request, caller);
            })) {
      daemon.awaitStopAsked();
    }
    System.exit(0);
  }

  private static void die(Home home) {
    home.lock().toFile().delete();
    Runtime.getRuntime().halt(134);
  }
}
