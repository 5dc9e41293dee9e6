package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Ctrl-C that is meant for a client, while the daemon starts that it has started, or works. */
@Timeout(180)
class OwnSessionTest {

  private static final Path SETSID = Path.of("/usr/bin/setsid");
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int INTERRUPTED = 130;

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  @BeforeEach
  void installModel() throws IOException {
    assumeTrue(Files.isExecutable(SETSID), "there is no setsid to make a terminal's job with");
    Path models = Files.createDirectory(home.resolve("models"));
    TinyGguf.slow().writeTo(models.resolve("slow.gguf"));
  }

  @AfterEach
  void stop() {
    tsuku().run("stop");
  }

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  /** Starts a client that leads a process group of its own, as a shell's job does. */
  private Process complete() throws IOException {
    ProcessBuilder builder = tsuku().builder(List.of("complete", "--max-tokens", "100000", "Hi"));
    builder.command().addFirst(SETSID.toString());
    return builder
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void interruptGroup(Process leader) throws Exception {
    Process kill = new ProcessBuilder("kill", "-INT", "--", "-" + leader.pid()).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static void await(Process client, BooleanSupplier done) {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!done.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      assertThat(client.isAlive()).isTrue();
      Thread.onSpinWait();
    }
  }

  private boolean exists(String file) {
    return Files.exists(home.resolve(file));
  }

  @Test
  void a_daemon_at_work_outlives_the_interrupt_of_the_client_that_started_it() throws Exception {
    Process client = complete();
    await(client, () -> exists("llm.running"));
    long daemon = pid();
    interruptGroup(client);
    assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(client.exitValue()).isEqualTo(INTERRUPTED);
    assertThat(tsuku().run("complete", "--max-tokens", "1", "Hi").status()).isZero();
    assertThat(pid()).isEqualTo(daemon);
  }

  @Test
  void a_daemon_that_is_starting_outlives_it_too() throws Exception {
    Process client = complete();
    await(client, () -> exists("llm.log"));
    interruptGroup(client);
    assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!exists("llm.sock")) {
      assertThat(System.nanoTime()).as("a daemon comes up").isLessThan(deadline);
      Thread.onSpinWait();
    }
    assertThat(pid()).isPositive();
  }

  @Test
  void a_daemon_with_a_session_of_its_own_still_heeds_an_interrupt() throws Exception {
    assertThat(tsuku().run("complete", "--max-tokens", "1", "Hi").status()).isZero();
    ProcessHandle daemon = ProcessHandle.of(pid()).orElseThrow();
    assertThat(new ProcessBuilder("kill", "-INT", "" + daemon.pid()).start().waitFor()).isZero();
    daemon.onExit().get(30, TimeUnit.SECONDS);
    Leftovers.assertNone(home.path());
  }

  private long pid() throws IOException {
    return Long.parseLong(Files.readAllLines(home.resolve("llm.sock.lock")).getFirst().strip());
  }
}
