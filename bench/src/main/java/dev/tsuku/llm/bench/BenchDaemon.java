package dev.tsuku.llm.bench;

import dev.tsuku.llm.bench.assets.Assets;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The packaged daemon as a process of its own with an empty home of its own. Closing it ends the
 * process and removes the home.
 */
final class BenchDaemon implements Assets.Server {

  private static final Duration START = Duration.ofSeconds(30);

  private static final String SAID = "said";

  private final Process process;
  private final Home home;
  private final String said;
  private final long startedNanos;

  private BenchDaemon(Process process, Home home, String said, long startedNanos) {
    this.process = process;
    this.home = home;
    this.said = said;
    this.startedNanos = startedNanos;
  }

  /** Starts a daemon; returns at once. */
  static BenchDaemon start() throws IOException {
    return startIn(new Home(Files.createTempDirectory(Path.of("/tmp"), "bench")));
  }

  /** The same for callers that cannot handle a failure. */
  static BenchDaemon startUnchecked() {
    try {
      return start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a daemon in the home of another that has ended; returns at once. */
  static BenchDaemon startIn(Home home) throws IOException {
    return startIn(home, SAID);
  }

  /** One of several in the same home, which print into a file of their own each. */
  static BenchDaemon startIn(Home home, String said) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(System.getProperty("tsuku.app") + "/bin/tsuku-llm", "serve")
            .redirectOutput(home.directory().resolve(said).toFile())
            .redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("TSUKU_"));
    builder.environment().put(Home.VARIABLE, home.directory().toString());
    long started = System.nanoTime();
    return new BenchDaemon(builder.start(), home, said, started);
  }

  /** When the process was started, as {@link System#nanoTime}. */
  long startedNanos() {
    return startedNanos;
  }

  /** What it has printed. */
  String said() throws IOException {
    return Files.readString(home.directory().resolve(said));
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Sends a signal by its name, such as {@code TERM}; to a process that is gone, in vain. */
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  /** Waits for the end; the exit status. */
  int exitStatus() throws InterruptedException {
    return process.waitFor();
  }

  Home home() {
    return home;
  }

  long pid() {
    return process.pid();
  }

  /**
   * Connects, as soon as the daemon accepts. Until then only the kernel is asked, every
   * millisecond, so that waiting takes no processor time from what is waited for.
   */
  @Override
  public TsukuClient connect() throws InterruptedException {
    long deadline = startedNanos + START.toNanos();
    while (!accepts()) {
      if (System.nanoTime() > deadline || process.waitFor(1, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the daemon does not listen");
      }
    }
    TsukuClient client = TsukuClient.connect(home);
    client.status();
    return client;
  }

  private boolean accepts() {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(home.socket()));
    } catch (IOException e) {
      return false;
    }
  }

  /** Sends SIGTERM and waits for the end; how long that took. */
  Duration terminate() throws InterruptedException {
    long asked = System.nanoTime();
    process.destroy();
    process.waitFor();
    return Duration.ofNanos(System.nanoTime() - asked);
  }

  /** Waits for the end. */
  void awaitEnd() throws InterruptedException {
    process.waitFor();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    delete(home);
  }

  /** Removes a home whose daemons have ended. */
  static void delete(Home home) throws IOException {
    if (!Files.exists(home.directory())) {
      return;
    }
    try (Stream<Path> files = Files.walk(home.directory())) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    }
  }
}
