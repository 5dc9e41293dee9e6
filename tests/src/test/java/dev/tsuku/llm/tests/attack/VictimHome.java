package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.client.DaemonLauncher;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.ProcessState;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyShape;
import dev.tsuku.llm.tests.process.Leftovers;
import dev.tsuku.llm.tests.process.RunningDaemon;
import dev.tsuku.llm.tests.process.TsukuCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A home directory with a model that never ends, and all that is started in it: whatever a test
 * leaves running is killed at its end.
 */
final class VictimHome implements BeforeEachCallback, AfterEachCallback {

  /** Loads in a moment, and takes a millisecond or two for each token. */
  private static final TinyGguf MODEL =
      TinyGguf.slow().shaped(new TinyShape(2, 512, 8, 8, 2048, 8192));

  /** Much more than a daemon needs to find the lock taken, for a machine full of them. */
  private static final Duration LOST_WITHIN = Duration.ofMinutes(3);

  /** In the command line of the launcher, and of the Java that it becomes. */
  private static final String PROGRAM = "/bin/tsuku-llm";

  private final ShortDirectory directory = new ShortDirectory();

  /** Not by their numbers, of which one may be given to a daemon later. */
  private Set<ProcessHandle> before = Set.of();

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    before = children().collect(Collectors.toSet());
    directory.beforeEach(context);
    Path models = Files.createDirectory(directory.resolve("models"));
    MODEL.writeTo(models.resolve("slow.gguf"));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    killAll();
    directory.afterEach(context);
  }

  Path path() {
    return directory.path();
  }

  Path socket() {
    return home().socket();
  }

  Path lock() {
    return home().lock();
  }

  Path log() {
    return home().log();
  }

  Home home() {
    return new Home(path());
  }

  TsukuCommand tsuku() {
    return TsukuCommand.in(path());
  }

  /** How the client library starts daemons here, with variables such as {@code "A=b"}. */
  DaemonLauncher launcher(String... variables) {
    return new DaemonLauncher(
        Stream.of(
                Stream.of("env", "TSUKU_LLM_THREADS=1"),
                Stream.of(variables),
                Stream.of(TsukuCommand.launcher().toString()))
            .flatMap(words -> words)
            .toList());
  }

  /**
   * Launchers and daemons of this home that were started since the test began and have not ended,
   * whoever started them.
   */
  List<Long> running() {
    return children()
        .filter(process -> !before.contains(process))
        .filter(this::isOfThisHome)
        .map(ProcessHandle::pid)
        .filter(ProcessState::isRunning)
        .toList();
  }

  /** Waits until, of all that have been started, no more than one is left. */
  void awaitLosers() {
    long deadline = System.nanoTime() + LOST_WITHIN.toNanos();
    while (running().size() > 1) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("more than one daemon stays: " + running());
      }
      Attack.passing(Duration.ofMillis(10));
    }
  }

  /** Kills what is {@link #running} and waits for its end. */
  void killAll() {
    running().stream()
        .flatMap(pid -> ProcessHandle.of(pid).stream())
        .forEach(
            process -> {
              process.destroyForcibly();
              process.onExit().join();
            });
  }

  /**
   * Other children of this process are helpers such as kill, and what clients of earlier tests may
   * still start in other homes. One that does not say what it is counts, so that nothing is missed.
   */
  private boolean isOfThisHome(ProcessHandle process) {
    try {
      String environment = Files.readString(Path.of("/proc/" + process.pid() + "/environ"));
      return environment.isEmpty()
          || environment.contains(Home.VARIABLE + "=" + home().directory() + "\0");
    } catch (IOException e) {
      // It has just gone, or the system has no /proc.
      return process.info().commandLine().map(line -> line.contains(PROGRAM)).orElse(true);
    }
  }

  private static Stream<ProcessHandle> children() {
    return ProcessHandle.current().children();
  }

  /** That a daemon which is gone has left nothing it should have taken along. */
  void assertNothingIsLeft() throws IOException {
    Leftovers.assertNone(path());
  }

  /** Waits until a daemon's {@code main} has begun: until its log is there. */
  void awaitMain(RunningDaemon daemon) {
    while (!Files.exists(log())) {
      assertThat(daemon.isAlive()).as("the daemon lives until it has a log").isTrue();
    }
  }

  /** Removes the logs of earlier daemons. */
  void forgetLogs() throws IOException {
    Files.deleteIfExists(log());
    Files.deleteIfExists(path().resolve("llm.log.1"));
  }
}
