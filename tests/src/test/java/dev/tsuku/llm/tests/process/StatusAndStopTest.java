package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What {@code status} and {@code stop} say of daemons in every condition. */
@Timeout(120)
class StatusAndStopTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Result STOPPED = new Result(0, "stopped\n", "");

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  @BeforeEach
  void installModel() throws IOException {
    Path models = Files.createDirectory(home.resolve("models"));
    TinyGguf.slow().writeTo(models.resolve("slow.gguf"));
  }

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  private RunningDaemon serve() {
    return RunningDaemon.serve(tsuku(), home.path());
  }

  private Result none() {
    return new Result(0, "No daemon is running in " + home.path() + ".\n", "");
  }

  @Test
  void status_tells_the_model_in_memory_where_it_is_not_the_one_that_would_answer()
      throws IOException {
    Path other = TinyGguf.saying("Hello.").writeTo(home.resolve("other.gguf"));
    try (RunningDaemon _ = serve()) {
      assertThat(tsuku().run("complete", "--max-tokens", "1", "Hi").status()).isZero();
      assertThat(tsuku().run("status").out())
          .containsPattern("model +slow ")
          .doesNotContain("in memory");
      assertThat(tsuku().run("complete", "--model", other.toString(), "Hi").out())
          .isEqualTo("Hello.\n");
      assertThat(tsuku().run("status").out())
          .containsPattern("model +slow ")
          .containsPattern("(?m)^in memory +other, slow$");
      assertThat(tsuku().run("status", "--json").out())
          .contains("\"model_name\":\"slow\"")
          .contains("\"loaded_model\":\"other\"", "\"resting_models\":[\"slow\"]");
      assertThat(tsuku().run("complete", "--max-tokens", "1", "Hi").status()).isZero();
      assertThat(Files.readAllLines(home.resolve("llm.log")))
          .as("loads, though the first was used again")
          .filteredOn(line -> line.contains(" loaded "))
          .hasSize(2);
    }
  }

  @Test
  void status_tells_what_was_computed_and_what_was_not() {
    try (RunningDaemon _ = serve()) {
      for (int i = 0; i < 2; i++) {
        assertThat(tsuku().run("complete", "--max-tokens", "3", "Hi there").status()).isZero();
      }
      assertThat(tsuku().run("status").out())
          .containsPattern("(?m)^context +[\\d,]+ tokens for up to \\d+ at once: 0 busy, [1-9]")
          .containsPattern(
              "(?m)^answered +2: \\d+ tokens read, [1-9]\\d* % of them cached, 6 written$")
          .containsPattern("(?m)^speed +");
      assertThat(tsuku().run("status", "--json").out())
          .contains("\"running\":0", "\"answered\":2", "\"output_tokens\":6");
    }
  }

  @Test
  void stop_says_what_it_waits_for() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(Integer.MAX_VALUE);
      Process stop = tsuku().builder(List.of("stop")).start();
      try (BufferedReader err = stop.errorReader();
          BufferedReader out = stop.inputReader()) {
        assertThat(err.readLine())
            .isEqualTo(
                "tsuku-llm: The daemon (pid %d) finishes first what it is answering, for up to 10 s; it goes also if you do not wait.",
                daemon.pid());
        assertThat(tsuku().run("status").out())
            .containsPattern("state +shutting down")
            .containsPattern("in flight +1");
        answer.cancel(true);
        assertThat(out.readLine()).isEqualTo("stopped");
        assertThat(stop.waitFor()).isZero();
        assertThat(err.readLine()).isNull();
      } finally {
        stop.destroyForcibly();
      }
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
  }

  @Test
  void a_stop_that_is_interrupted_keeps_no_daemon() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(Integer.MAX_VALUE);
      Process stop = tsuku().builder(List.of("stop")).start();
      try (BufferedReader err = stop.errorReader()) {
        assertThat(err.readLine()).contains("it goes also if you do not wait");
        assertThat(new ProcessBuilder("kill", "-INT", "" + stop.pid()).start().waitFor()).isZero();
        assertThat(stop.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(stop.exitValue()).isEqualTo(130);
        assertThat(err.readLine()).isNull();
      } finally {
        stop.destroyForcibly();
      }
      answer.cancel(true);
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
  }

  @Test
  void of_two_stops_at_once_neither_fails() {
    try (RunningDaemon daemon = serve()) {
      CompletableFuture<Result> first = CompletableFuture.supplyAsync(() -> tsuku().run("stop"));
      Result second = tsuku().run("stop");
      // One that comes late finds none.
      assertThat(List.of(first.join(), second)).contains(STOPPED).isSubsetOf(STOPPED, none());
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
  }

  @Test
  void a_daemon_that_does_not_listen_yet_is_stopped_too() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.start(tsuku(), home.path(), "serve")) {
      Path lock = home.resolve("llm.sock.lock");
      while (!Files.exists(lock) || Files.size(lock) == 0) {
        assertThat(daemon.isAlive()).isTrue();
      }
      daemon.signal("STOP");
      CompletableFuture<Result> stop = CompletableFuture.supplyAsync(() -> tsuku().run("stop"));
      assertThatThrownBy(() -> stop.get(1, TimeUnit.SECONDS))
          .as("the daemon is there, so 'stop' has not ended")
          .isInstanceOf(TimeoutException.class);
      daemon.signal("CONT");
      assertThat(stop.get()).isEqualTo(STOPPED);
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
  }

  @Test
  void what_a_killed_daemon_left_is_no_daemon() {
    try (RunningDaemon daemon = serve()) {
      daemon.kill();
    }
    assertThat(home.resolve("llm.sock")).exists();
    assertThat(home.resolve("llm.sock.lock")).exists();
    Result status = tsuku().run("status");
    assertThat(status.status()).isEqualTo(1);
    assertThat(status.out()).startsWith("No daemon is running in " + home.path());
    assertThat(tsuku().run("stop")).isEqualTo(none());
  }

  @Test
  void a_home_that_is_a_file_is_called_one() throws IOException {
    Path file = Files.createFile(home.resolve("file"));
    for (String command : List.of("status", "stop")) {
      assertThat(TsukuCommand.in(file).run(command))
          .isEqualTo(
              new Result(
                  1, "", "tsuku-llm: " + file + " is not a directory. Set TSUKU_HOME to one.\n"));
    }
  }

  @Test
  @Tag("long")
  void a_daemon_that_hangs_is_named_with_the_way_to_end_it() {
    try (RunningDaemon daemon = serve()) {
      daemon.signal("STOP");
      for (String command : List.of("status", "stop")) {
        assertThat(tsuku().run(command))
            .isEqualTo(
                new Result(
                    1,
                    "",
                    "tsuku-llm: The daemon (pid %d) at %s takes connections but does not answer. Its log is %s; 'kill -KILL %d' ends it.%n"
                        .formatted(
                            daemon.pid(),
                            home.resolve("llm.sock"),
                            home.resolve("llm.log"),
                            daemon.pid())));
      }
    }
  }
}
