package dev.tsuku.llm.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.Reason;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.Usage;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TsukuClientTest {

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Home home = new Home(Path.of("/nowhere"));

  /** Under a short directory, so that the socket's path fits. */
  @BeforeEach
  void newHome() throws IOException {
    home = new Home(Files.createTempDirectory(Path.of("/tmp"), "tk"));
  }

  @AfterEach
  void endWhatWasStarted() throws IOException {
    threads.shutdownNow();
    if (Files.exists(FakeDaemonMain.winners(home))) {
      for (String pid : Files.readAllLines(FakeDaemonMain.winners(home))) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
    try (Stream<Path> files = Files.list(home.directory())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(home.directory());
  }

  @Test
  void connecting_without_a_daemon_says_so() {
    assertThat(failureOf(() -> TsukuClient.connect(home)))
        .returns(Kind.NOT_RUNNING, ClientException::kind)
        .hasMessage("No daemon is running in " + home.directory() + ".");
  }

  @Test
  void a_home_whose_socket_path_does_not_fit_is_refused() {
    Home deep = new Home(home.directory().resolve("x".repeat(120)));
    assertThat(failureOf(() -> TsukuClient.connect(deep)))
        .returns(Kind.INVALID, ClientException::kind)
        .hasMessageContaining("107");
  }

  @Test
  void a_socket_that_a_killed_daemon_left_is_nobody() throws IOException {
    Files.createFile(home.socket());
    assertThat(failureOf(() -> TsukuClient.connect(home)))
        .returns(Kind.NOT_RUNNING, ClientException::kind);
  }

  @Test
  void a_home_that_is_a_file_is_refused() throws IOException {
    Home file = new Home(Files.createFile(home.directory().resolve("file")));
    assertThat(failureOf(() -> TsukuClient.connect(file)))
        .returns(Kind.INVALID, ClientException::kind)
        .hasMessage(file.directory() + " is not a directory. Set TSUKU_HOME to one.");
  }

  @Test
  void a_daemon_that_is_just_starting_is_waited_for_by_those_who_start_none() throws Exception {
    Path words = home.directory().resolve("words");
    Process starting = FakeDaemonMain.launcher("slow").launch(home, words);
    while (!Files.exists(FakeDaemonMain.winners(home))) {
      assertThat(starting.isAlive()).as(() -> contentOf(words)).isTrue();
    }
    assertThat(home.socket()).doesNotExist();
    try (TsukuClient client = TsukuClient.connect(home)) {
      assertThat(client.status().backend()).isEqualTo("cpu");
    }
  }

  @Test
  void a_daemon_that_is_killed_while_it_starts_is_waited_for_no_longer() throws Exception {
    Process starting =
        FakeDaemonMain.launcher("slow").launch(home, home.directory().resolve("words"));
    while (!Files.exists(FakeDaemonMain.winners(home))) {
      assertThat(starting.isAlive()).isTrue();
    }
    Future<TsukuClient> waiting = threads.submit(() -> TsukuClient.connect(home));
    assertThat(starting.destroyForcibly().waitFor()).isNotZero();
    assertThatThrownBy(waiting::get)
        .cause()
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_RUNNING));
  }

  private static String contentOf(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void an_answer_comes_back_whole() throws IOException {
    FakeDaemon.Answers answers =
        (_, caller) -> {
          caller.onNext(
              CompletionResponse.newBuilder()
                  .setContent("naïve ✓")
                  .setStopReason("max_tokens")
                  .setUsage(
                      Usage.newBuilder()
                          .setInputTokens(7)
                          .setOutputTokens(3)
                          .setCachedInputTokens(5)
                          .setQueueMillis(11)
                          .setPrefillMillis(12)
                          .setDecodeMillis(13)
                          .setForwardPasses(14)
                          .setForcedTokens(15)
                          .setDraftTokens(16)
                          .setAcceptedDraftTokens(17))
                  .setModel("fake-1")
                  .build());
          caller.onCompleted();
        };
    try (FakeDaemon _ = new FakeDaemon(home, answers);
        TsukuClient client = TsukuClient.connect(home)) {
      assertThat(client.complete(Prompt.of("hello")))
          .isEqualTo(
              new Completion(
                  "naïve ✓",
                  List.of(),
                  Completion.StopReason.MAX_TOKENS,
                  new Completion.Usage(
                      7,
                      3,
                      5,
                      new Completion.Timings(
                          Duration.ofMillis(11), Duration.ofMillis(12), Duration.ofMillis(13)),
                      new Completion.Steps(14, 15, 16, 17)),
                  "fake-1"));
    }
  }

  @Test
  void a_status_comes_back_whole() throws IOException {
    try (FakeDaemon _ = new FakeDaemon(home, FakeDaemon::echo);
        TsukuClient client = TsukuClient.connect(home)) {
      assertThat(client.status())
          .isEqualTo(
              new DaemonStatus(
                  new DaemonStatus.Availability(true, false, ""),
                  new DaemonStatus.Model(
                      "fake",
                      1_200_000,
                      DaemonStatus.ModelState.LOADED,
                      0,
                      "other",
                      List.of("third")),
                  "cpu",
                  0,
                  new DaemonStatus.Daemon(
                      0, Instant.ofEpochSecond(1), 0, "1.2.3", home.log().toString()),
                  new DaemonStatus.Work(
                      new DaemonStatus.Requests(1, 8, 2, 64),
                      new DaemonStatus.Context(32, 3, 4, "q8_0"),
                      new DaemonStatus.Threads(1, 2),
                      5,
                      new DaemonStatus.Tokens(60, 7, 8),
                      new DaemonStatus.Speed(90.5, 10.25)),
                  "Mind it."));
      assertThat(client.metrics()).isEqualTo("# none\n");
    }
  }

  @Test
  void a_client_whose_daemon_has_gone_finds_the_next_one_whatever_it_asks() throws IOException {
    FakeDaemon first = new FakeDaemon(home, FakeDaemon::echo);
    try (TsukuClient client = TsukuClient.connect(home)) {
      first.close();
      assertThat(failureOf(client::status)).returns(Kind.NOT_RUNNING, ClientException::kind);
      try (FakeDaemon _ = new FakeDaemon(home, FakeDaemon::echo)) {
        assertThat(client.status().backend()).isEqualTo("cpu");
      }
      assertThat(client.stop(true)).isTrue();
      try (FakeDaemon _ = new FakeDaemon(home, FakeDaemon::echo)) {
        assertThat(client.status().backend()).isEqualTo("cpu");
      }
    }
  }

  @Test
  void what_the_daemon_says_reaches_the_caller_unchanged() throws IOException {
    FakeDaemon.Answers tooLong =
        (_, caller) -> refuse(caller, Reason.PROMPT_TOO_LONG, "The prompt has 9000 tokens.");
    try (FakeDaemon _ = new FakeDaemon(home, tooLong);
        TsukuClient client = TsukuClient.connect(home)) {
      ClientException failure = failureOf(() -> client.complete(Prompt.of("hello")));
      assertThat(failure)
          .returns(Kind.INVALID, ClientException::kind)
          .hasMessage("The prompt has 9000 tokens.");
      assertThat(failure.reason()).contains(Reason.PROMPT_TOO_LONG);
    }
  }

  @Test
  void without_a_launcher_a_daemon_that_refuses_is_not_replaced() throws IOException {
    FakeDaemon.Answers draining =
        (_, caller) -> refuse(caller, Reason.SHUTTING_DOWN, "server is shutting down");
    try (FakeDaemon _ = new FakeDaemon(home, draining);
        TsukuClient client = TsukuClient.connect(home)) {
      assertThat(failureOf(() -> client.complete(Prompt.of("hello"))))
          .returns(Kind.GONE, ClientException::kind)
          .hasMessage("server is shutting down");
    }
  }

  @Test
  void a_daemon_is_started_and_waited_for() throws IOException {
    try (TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("slow"))) {
      assertThat(client.complete(Prompt.of("hello")).content()).isEqualTo("echo hello");
    }
    assertThat(Files.readAllLines(FakeDaemonMain.winners(home))).hasSize(1);
  }

  @Test
  void a_start_that_fails_fails_with_the_daemons_own_reasons() {
    assertThat(failureOf(() -> TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"))))
        .returns(Kind.NOT_STARTED, ClientException::kind)
        .hasMessage("config.toml has no table 'llm'. 'soon' is no duration.");
  }

  @Test
  void a_launcher_that_does_not_exist_is_named() {
    assertThat(
            failureOf(
                () -> TsukuClient.connectOrStart(home, DaemonLauncher.of(Path.of("/no/such")))))
        .returns(Kind.NOT_STARTED, ClientException::kind)
        .hasMessageContaining("/no/such");
  }

  @Test
  void of_many_that_start_at_once_one_wins_and_all_are_answered() throws Exception {
    List<Future<String>> answers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String text = "hello " + i;
      answers.add(
          threads.submit(
              () -> {
                try (TsukuClient client =
                    TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("slow"))) {
                  return client.complete(Prompt.of(text)).content();
                }
              }));
    }
    for (int i = 0; i < 5; i++) {
      assertThat(answers.get(i).get()).isEqualTo("echo hello " + i);
    }
    assertThat(Files.readAllLines(FakeDaemonMain.winners(home))).hasSize(1);
  }

  @Test
  void a_daemon_that_dies_in_a_call_is_replaced_and_asked_again() throws IOException {
    try (TsukuClient client =
        TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("dies-once"))) {
      assertThat(client.complete(Prompt.of("hello")).content()).isEqualTo("echo hello");
    }
    assertThat(Files.readAllLines(FakeDaemonMain.winners(home))).hasSize(2);
  }

  @Test
  void a_daemon_that_is_shutting_down_is_waited_for_and_replaced() throws Exception {
    CountDownLatch refused = new CountDownLatch(1);
    FakeDaemon.Answers draining =
        (_, caller) -> {
          refuse(caller, Reason.SHUTTING_DOWN, "server is shutting down");
          refused.countDown();
        };
    FakeDaemon old = new FakeDaemon(home, draining);
    try (TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("normal"))) {
      old.drain();
      Future<Completion> answer = threads.submit(() -> client.complete(Prompt.of("hello")));
      assertThat(refused.await(10, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> answer.get(100, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      old.close();
      assertThat(answer.get().content()).isEqualTo("echo hello");
    }
  }

  @Test
  void a_daemon_that_says_try_again_and_is_well_is_asked_again() throws IOException {
    List<String> asked = new ArrayList<>();
    FakeDaemon.Answers second =
        (request, caller) -> {
          asked.add(request.getMessages(0).getContent());
          if (asked.size() == 1) {
            caller.onError(Status.UNAVAILABLE.withDescription("once more").asException());
          } else {
            FakeDaemon.echo(request, caller);
          }
        };
    try (FakeDaemon _ = new FakeDaemon(home, second);
        TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"))) {
      assertThat(client.complete(Prompt.of("hello")).content()).isEqualTo("echo hello");
    }
    assertThat(asked).containsExactly("hello", "hello");
  }

  @Test
  void a_call_that_only_the_daemon_cancelled_is_made_again() throws IOException {
    List<String> asked = new ArrayList<>();
    FakeDaemon.Answers second =
        (request, caller) -> {
          asked.add(request.getMessages(0).getContent());
          if (asked.size() == 1) {
            caller.onError(Status.CANCELLED.asException());
          } else {
            FakeDaemon.echo(request, caller);
          }
        };
    try (FakeDaemon _ = new FakeDaemon(home, second);
        TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"))) {
      assertThat(client.complete(Prompt.of("hello")).content()).isEqualTo("echo hello");
    }
    assertThat(asked).containsExactly("hello", "hello");
  }

  @Test
  void interrupting_the_caller_cancels_the_call() throws Exception {
    Waiting waiting = new Waiting();
    try (FakeDaemon _ = new FakeDaemon(home, waiting);
        TsukuClient client = TsukuClient.connect(home)) {
      Future<?> call = threads.submit(() -> client.complete(Prompt.of("hello")));
      waiting.awaitAsked();
      assertThat(call.cancel(true)).isTrue();
      waiting.awaitCancelled();
    }
  }

  @Test
  void closing_the_client_cancels_the_call() throws Exception {
    Waiting waiting = new Waiting();
    try (FakeDaemon _ = new FakeDaemon(home, waiting)) {
      TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"));
      Future<Completion> call = threads.submit(() -> client.complete(Prompt.of("hello")));
      waiting.awaitAsked();
      client.close();
      waiting.awaitCancelled();
      assertThatThrownBy(call::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              ClientException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
      assertThatThrownBy(() -> client.complete(Prompt.of("again")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void a_daemon_is_stopped_and_its_end_awaited() {
    try (TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("normal"))) {
      assertThat(client.awaitGone(Duration.ofMillis(50))).isFalse();
      assertThat(client.stop(true)).isTrue();
      assertThat(client.awaitGone(Duration.ofSeconds(10))).isTrue();
      assertThat(home.socket()).doesNotExist();
      assertThat(home.lock()).doesNotExist();
    }
  }

  private static void refuse(
      StreamObserver<CompletionResponse> caller, Reason reason, String sentence) {
    Metadata trailers = new Metadata();
    trailers.put(Reason.TRAILER, reason.wireName());
    caller.onError(Status.fromCode(reason.code()).withDescription(sentence).asException(trailers));
  }

  private static ClientException failureOf(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable c) {
    ClientException failure = catchThrowableOfType(ClientException.class, c);
    assertThat(failure).isNotNull();
    return failure;
  }

  /** Never answers, and sees the caller go. */
  private static final class Waiting implements FakeDaemon.Answers {

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);

    @Override
    public void answer(
        dev.tsuku.llm.protocol.v1.CompletionRequest request,
        StreamObserver<CompletionResponse> caller) {
      ((ServerCallStreamObserver<CompletionResponse>) caller)
          .setOnCancelHandler(cancelled::countDown);
      asked.countDown();
    }

    void awaitAsked() throws InterruptedException {
      assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    }

    void awaitCancelled() throws InterruptedException {
      assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }
}
