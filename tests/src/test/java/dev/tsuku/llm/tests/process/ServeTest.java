package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.ShutdownRequest;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemon's life from its start to its end, told from outside. */
@Timeout(120)
class ServeTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  @BeforeEach
  void installModel() throws IOException {
    Path models = Files.createDirectory(home.resolve("models"));
    TinyGguf.slow().writeTo(models.resolve("slow.gguf"));
  }

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  private RunningDaemon serve(String... arguments) {
    return RunningDaemon.serve(tsuku(), home.path(), arguments);
  }

  private void assertNothingIsLeft() throws IOException {
    Leftovers.assertNone(home.path());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void a_signal_ends_it_cleanly(String signal) throws IOException {
    try (RunningDaemon daemon = serve()) {
      assertThat(Files.getPosixFilePermissions(home.resolve("llm.sock")))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      daemon.signal(signal);
      assertThat(daemon.awaitExit(SOON)).isZero();
      assertThat(daemon.out()).isEmpty();
      assertThat(daemon.err()).isEmpty();
    }
    assertNothingIsLeft();
  }

  @Test
  void a_signal_during_the_start_ends_it_cleanly() throws IOException {
    try (RunningDaemon daemon = RunningDaemon.start(tsuku(), home.path(), "serve")) {
      while (!Files.exists(home.resolve("llm.log"))) {
        assertThat(daemon.isAlive()).isTrue();
      }
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertNothingIsLeft();
  }

  @Test
  void no_subcommand_serves_and_idleness_ends_it() throws IOException {
    TsukuCommand command = tsuku().with("TSUKU_LLM_IDLE_TIMEOUT", "300ms");
    try (RunningDaemon daemon = RunningDaemon.start(command, home.path())) {
      assertThat(daemon.awaitExit(Duration.ofSeconds(30))).isZero();
      assertThat(daemon.log()).contains("IDLE");
    }
    assertNothingIsLeft();
  }

  @Test
  void probes_are_no_activity_and_work_is_never_cut_by_idleness() throws Exception {
    try (RunningDaemon daemon = serve("--idle-timeout", "700ms");
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(400);
      CompletionResponse response = answer.get(60, TimeUnit.SECONDS);
      assertThat(response.getStopReason()).isEqualTo("max_tokens");
      assertThat(response.getUsage().getOutputTokens()).isEqualTo(400);
      long deadline = System.nanoTime() + SOON.toNanos();
      while (daemon.isAlive() && System.nanoTime() < deadline) {
        probe();
      }
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertNothingIsLeft();
  }

  @Test
  void who_watches_the_metrics_keeps_no_daemon() throws Exception {
    try (RunningDaemon daemon = serve("--idle-timeout", "3s");
        RawClient client = new RawClient(home.path())) {
      client.begin(10).get(60, TimeUnit.SECONDS);
      String metrics = tsuku().run("metrics").out();
      assertThat(metrics)
          .containsPattern("(?m)^tsuku_llm_requests_total\\{code=\"OK\"} [1-9]$")
          .containsPattern("(?m)^tsuku_llm_output_tokens_total [1-9]");
      long deadline = System.nanoTime() + SOON.toNanos();
      while (daemon.isAlive() && System.nanoTime() < deadline) {
        tsuku().run("metrics");
        Thread.sleep(400);
      }
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertThat(tsuku().run("metrics").status()).isEqualTo(1);
    assertNothingIsLeft();
  }

  private void probe() {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(home.resolve("llm.sock")));
    } catch (IOException e) {
      // It has just gone.
    }
  }

  @Test
  void what_is_in_flight_at_a_signal_is_finished_and_newcomers_are_told() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(600);
      daemon.signal("TERM");
      while (!client.blocking().getStatus(StatusRequest.getDefaultInstance()).getDraining()) {
        assertThat(answer.isDone()).isFalse();
      }
      Status refused = RawClient.statusOf(client.future().complete(RawClient.ask("Hi").build()));
      assertThat(refused.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(refused.getDescription()).isEqualTo("server is shutting down");
      assertThat(answer.get(60, TimeUnit.SECONDS).getUsage().getOutputTokens()).isEqualTo(600);
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertNothingIsLeft();
  }

  @Test
  void a_second_signal_ends_what_is_in_flight_with_a_status() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(Integer.MAX_VALUE);
      daemon.signal("TERM");
      daemon.signal("INT");
      Status status = RawClient.statusOf(answer);
      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).startsWith("server is shutting down");
      assertThat(daemon.awaitExit(Duration.ofSeconds(5))).isZero();
    }
    assertNothingIsLeft();
  }

  @Test
  @Tag("long")
  void work_of_three_seconds_at_a_signal_is_finished_whole() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      int tokens = (int) (3 * tokensPerSecond(client));
      ListenableFuture<CompletionResponse> answer = client.begin(tokens);
      daemon.signal("TERM");
      CompletionResponse whole = answer.get(12, TimeUnit.SECONDS);
      assertThat(whole.getUsage().getOutputTokens()).isEqualTo(tokens);
      assertThat(whole.getStopReason()).isEqualTo("max_tokens");
      assertThat(daemon.awaitExit(Duration.ofSeconds(2))).isZero();
    }
    assertNothingIsLeft();
  }

  private static double tokensPerSecond(RawClient client) throws Exception {
    int tokens = 200;
    client.begin(tokens).get(60, TimeUnit.SECONDS);
    long started = System.nanoTime();
    client.begin(tokens).get(60, TimeUnit.SECONDS);
    return tokens * 1e9 / (System.nanoTime() - started);
  }

  @Test
  @Tag("long")
  void what_is_still_in_flight_after_ten_seconds_gets_its_status() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(Integer.MAX_VALUE);
      long started = System.nanoTime();
      daemon.signal("TERM");
      Status status = RawClient.statusOf(answer);
      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription())
          .startsWith("server is shutting down")
          .contains("was not finished within the time");
      assertThat(since(started)).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(11));
      assertThat(daemon.awaitExit(Duration.ofSeconds(3))).isZero();
      assertThat(since(started)).isLessThan(Duration.ofSeconds(12));
    }
    assertNothingIsLeft();
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  @Test
  void a_quit_signal_prints_the_threads_and_ends_nothing() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(300);
      daemon.signal("QUIT");
      while (!daemon.err().contains("Full thread dump")) {
        assertThat(daemon.isAlive()).isTrue();
      }
      assertThat(answer.get(60, TimeUnit.SECONDS).getUsage().getOutputTokens()).isEqualTo(300);
      assertThat(daemon.err()).contains("\"main\"").contains("\"decode\"");
      assertThat(daemon.out()).isEmpty();
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertNothingIsLeft();
  }

  @Test
  void shutdown_is_answered_and_then_it_is_gone() throws IOException {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      assertThat(
              client
                  .future()
                  .shutdown(ShutdownRequest.newBuilder().setGraceful(true).build())
                  .get(20, TimeUnit.SECONDS)
                  .getAccepted())
          .isTrue();
      assertThat(daemon.awaitExit(SOON)).isZero();
    } catch (ExecutionException | InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError(e);
    }
    assertNothingIsLeft();
  }

  @Test
  void a_second_daemon_is_told_of_the_first_and_leaves_it_alone() throws Exception {
    try (RunningDaemon first = serve()) {
      long started = System.nanoTime();
      Result second = tsuku().run("serve");
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      assertThat(second.status()).isEqualTo(1);
      assertThat(second.out()).isEmpty();
      assertThat(second.err().lines())
          .singleElement()
          .asString()
          .contains("already running")
          .contains("(pid " + first.pid() + ", since 20")
          .contains("tsuku-llm status")
          .contains("tsuku-llm stop");
      assertThat(took).isLessThan(Duration.ofSeconds(20));
      try (RawClient client = new RawClient(home.path())) {
        assertThat(client.blocking().getStatus(StatusRequest.getDefaultInstance()).getPid())
            .isEqualTo(first.pid());
      }
      assertThat(home.resolve("llm.sock.lock")).exists();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llm.log", "config.toml"})
  void a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(String name) throws Exception {
    Process mkfifo = new ProcessBuilder("mkfifo", home.resolve(name).toString()).start();
    assertThat(mkfifo.waitFor()).isZero();
    Result result = tsuku().run("serve");
    assertThat(result.status()).isBetween(1, 2);
    assertThat(result.err().lines()).singleElement().asString().contains(name);
    assertThat(home.resolve("llm.sock")).doesNotExist();
    assertThat(home.resolve("llm.sock.lock")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llm.sock", "llm.sock.lock"})
  void a_daemon_whose_file_is_replaced_goes_and_leaves_the_new_one_alone(String name)
      throws IOException {
    Path file = home.resolve(name);
    try (RunningDaemon daemon = serve()) {
      Files.writeString(home.resolve("another"), "another's");
      Files.move(home.resolve("another"), file, StandardCopyOption.ATOMIC_MOVE);
      assertThat(daemon.awaitExit(SOON)).isZero();
      assertThat(daemon.log()).contains("FILES_LOST (" + file);
    }
    assertThat(file).hasContent("another's");
    Files.delete(file);
    assertNothingIsLeft();
  }

  @Test
  void a_daemon_whose_directory_is_moved_goes() throws IOException {
    Path before = Files.createDirectory(home.resolve("before"));
    try (RunningDaemon daemon = RunningDaemon.serve(TsukuCommand.in(before), before)) {
      Files.move(before, home.resolve("after"));
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertThat(before).doesNotExist();
  }

  @Test
  void what_is_in_flight_when_the_socket_is_lost_is_finished() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<CompletionResponse> answer = client.begin(600);
      Files.delete(home.resolve("llm.sock"));
      assertThat(answer.get(60, TimeUnit.SECONDS).getUsage().getOutputTokens()).isEqualTo(600);
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertNothingIsLeft();
  }

  @Test
  void what_a_killed_daemon_leaves_is_no_obstacle() throws IOException {
    try (RunningDaemon daemon = serve()) {
      daemon.signal("KILL");
      assertThat(daemon.awaitExit(SOON)).isNotZero();
    }
    assertThat(home.resolve("llm.sock")).exists();
    try (RunningDaemon daemon = serve()) {
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    Files.writeString(home.resolve("llm.sock"), "a regular file");
    try (RunningDaemon daemon = serve()) {
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertNothingIsLeft();
  }

  @Test
  void a_home_that_is_missing_is_made_for_its_owner_alone_and_a_link_will_do() throws IOException {
    Path deep = home.resolve("a/b");
    try (RunningDaemon daemon = RunningDaemon.serve(TsukuCommand.in(deep), deep)) {
      assertThat(Files.getPosixFilePermissions(deep))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
      Path link = Files.createSymbolicLink(home.resolve("link"), deep);
      assertThat(TsukuCommand.in(link).run("status", "--json").out())
          .contains("\"pid\":" + daemon.pid());
    }
  }

  @Test
  void a_caller_that_gives_up_stops_the_work_for_it() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      client.begin(Integer.MAX_VALUE).cancel(true);
      Status late =
          RawClient.statusOf(
              client
                  .future()
                  .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                  .complete(RawClient.ask("Hi").setMaxTokens(1_000_000).build()));
      assertThat(late.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(
              client
                  .blocking()
                  .complete(RawClient.ask("Hi").setMaxTokens(2).build())
                  .getUsage()
                  .getOutputTokens())
          .isEqualTo(2);
      while (client.blocking().getStatus(StatusRequest.getDefaultInstance()).getInFlight() > 0) {
        assertThat(daemon.isAlive()).isTrue();
      }
    }
  }

  @Test
  void a_request_of_more_than_16_mib_is_refused_with_both_sizes() {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      assertThat(daemon.isAlive()).isTrue();
      assertThatThrownBy(
              () -> client.blocking().complete(RawClient.ask("x".repeat(17 << 20)).build()))
          .satisfies(
              e ->
                  assertThat(Status.fromThrowable(e).getCode())
                      .isEqualTo(Status.Code.RESOURCE_EXHAUSTED))
          .hasMessageContaining(Integer.toString(16 << 20))
          .hasMessageContaining(Integer.toString(17 << 20).substring(0, 4));
      assertThatThrownBy(
              () -> client.blocking().complete(RawClient.ask("x".repeat(5 << 20)).build()))
          .satisfies(
              e ->
                  assertThat(Status.fromThrowable(e).getCode())
                      .isEqualTo(Status.Code.INVALID_ARGUMENT))
          .hasMessageContaining("tokens; the model's context holds");
    }
  }

  @Test
  void many_requests_at_once_are_all_answered() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      ListenableFuture<?>[] answers = new ListenableFuture<?>[20];
      for (int i = 0; i < answers.length; i++) {
        answers[i] = client.future().complete(RawClient.ask("Hi " + i).setMaxTokens(3).build());
      }
      for (ListenableFuture<?> answer : answers) {
        assertThat(((CompletionResponse) answer.get(60, TimeUnit.SECONDS)).getContent())
            .startsWith("and");
      }
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void health_says_serving_until_the_drain() throws Exception {
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      assertThat(health(client)).isEqualTo(ServingStatus.SERVING);
      ListenableFuture<CompletionResponse> answer = client.begin(600);
      daemon.signal("TERM");
      while (health(client) == ServingStatus.SERVING) {
        assertThat(answer.isDone()).isFalse();
      }
      assertThat(answer.get(60, TimeUnit.SECONDS).getStopReason()).isEqualTo("max_tokens");
    }
  }

  private static ServingStatus health(RawClient client) {
    return HealthGrpc.newBlockingStub(client.channel())
        .check(HealthCheckRequest.newBuilder().setService("tsuku.llm.v1.InferenceService").build())
        .getStatus();
  }
}
