package dev.tsuku.llm.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.Reason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamTest {

  private static final FakeDaemon.Streams TWO_PIECES_AND_NO_END =
      (_, caller) -> {
        caller.onNext(FakeDaemon.event().setText("Good").build());
        caller.onNext(FakeDaemon.event().setText(" day").build());
        caller.onError(Status.UNAVAILABLE.asException());
      };

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<CompletionEvent> told = new ArrayList<>();
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

  private FakeDaemon daemon(FakeDaemon.Streams streams) throws IOException {
    return new FakeDaemon(home, FakeDaemon::echo, streams);
  }

  private ClientException failureOf(TsukuClient client) {
    ClientException failure =
        catchThrowableOfType(
            ClientException.class, () -> client.stream(Prompt.of("hello"), told::add));
    assertThat(failure).isNotNull();
    return failure;
  }

  @Test
  void every_event_is_told_in_order_and_the_answer_comes_back_whole() throws IOException {
    try (FakeDaemon _ = daemon(FakeDaemon::echoInPieces);
        TsukuClient client = TsukuClient.connect(home)) {
      assertThat(client.stream(Prompt.of("hello"), told::add).content()).isEqualTo("echo hello");
    }
    assertThat(told)
        .containsExactly(
            new CompletionEvent.Queued(2),
            new CompletionEvent.Downloading(1, 10),
            new CompletionEvent.Loading(5, 10),
            new CompletionEvent.Prefill(7, 9, 4),
            new CompletionEvent.Text("echo "),
            new CompletionEvent.Text("hello"),
            new CompletionEvent.ToolCalled(new ToolCall("c1", "look", "{}")));
  }

  @Test
  void a_daemon_that_dies_before_its_answer_is_replaced_and_asked_again() throws IOException {
    try (TsukuClient client =
        TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("dies-once"))) {
      assertThat(client.stream(Prompt.of("hello"), told::add).content()).isEqualTo("echo hello");
    }
    assertThat(Files.readAllLines(FakeDaemonMain.winners(home))).hasSize(2);
    assertThat(told).contains(new CompletionEvent.Text("hello"));
  }

  @Test
  void waits_that_were_told_are_no_reason_not_to_ask_again() throws IOException {
    List<String> asked = new ArrayList<>();
    FakeDaemon.Streams second =
        (request, caller) -> {
          asked.add(request.getMessages(0).getContent());
          if (asked.size() > 1) {
            FakeDaemon.echoInPieces(request, caller);
          } else {
            caller.onNext(
                FakeDaemon.event()
                    .setQueued(dev.tsuku.llm.protocol.v1.Queued.newBuilder().setPosition(7))
                    .build());
            caller.onError(Status.UNAVAILABLE.asException());
          }
        };
    try (FakeDaemon _ = daemon(second);
        TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"))) {
      assertThat(client.stream(Prompt.of("hello"), told::add).content()).isEqualTo("echo hello");
    }
    assertThat(asked).containsExactly("hello", "hello");
    assertThat(told).startsWith(new CompletionEvent.Queued(7), new CompletionEvent.Queued(2));
  }

  @Test
  void a_daemon_that_goes_in_the_middle_of_its_answer_is_not_asked_again() throws IOException {
    try (FakeDaemon _ = daemon(TWO_PIECES_AND_NO_END);
        TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"))) {
      assertThat(failureOf(client))
          .returns(Kind.GONE, ClientException::kind)
          .hasMessageStartingWith("The daemon went away in the middle of its answer. Ask again");
    }
    assertThat(told)
        .containsExactly(new CompletionEvent.Text("Good"), new CompletionEvent.Text(" day"));
  }

  @Test
  void what_the_daemon_says_in_the_middle_of_its_answer_is_passed_on() throws IOException {
    FakeDaemon.Streams drained =
        (_, caller) -> {
          caller.onNext(FakeDaemon.event().setText("Good").build());
          Metadata trailers = new Metadata();
          trailers.put(Reason.TRAILER, Reason.SHUTTING_DOWN.wireName());
          caller.onError(
              Status.UNAVAILABLE.withDescription("server is shutting down").asException(trailers));
        };
    try (FakeDaemon _ = daemon(drained);
        TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"))) {
      assertThat(failureOf(client)).hasMessage("server is shutting down");
    }
    assertThat(told).containsExactly(new CompletionEvent.Text("Good"));
  }

  @Test
  void an_answer_without_an_end_is_none() throws IOException {
    try (FakeDaemon _ = daemon((_, caller) -> caller.onCompleted());
        TsukuClient client = TsukuClient.connect(home)) {
      assertThat(failureOf(client))
          .returns(Kind.FAILED, ClientException::kind)
          .hasMessageContaining("without saying how");
    }
  }

  @Test
  void what_a_listener_throws_cancels_the_call_and_reaches_the_caller() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    IllegalStateException thrown = new IllegalStateException("enough");
    try (FakeDaemon _ = daemon(endless(cancelled));
        TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"))) {
      assertThatThrownBy(
              () ->
                  client.stream(
                      Prompt.of("hello"),
                      _ -> {
                        throw thrown;
                      }))
          .isSameAs(thrown);
      assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void interrupting_the_caller_cancels_the_call() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    try (FakeDaemon _ = daemon(endless(cancelled));
        TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"))) {
      Future<?> call =
          threads.submit(() -> client.stream(Prompt.of("hello"), _ -> begun.countDown()));
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(call.cancel(true)).isTrue();
      assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void closing_the_client_cancels_the_call() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    try (FakeDaemon _ = daemon(endless(cancelled))) {
      TsukuClient client = TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("broken"));
      Future<?> call =
          threads.submit(() -> client.stream(Prompt.of("hello"), _ -> begun.countDown()));
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      client.close();
      assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(call::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              ClientException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
    }
  }

  /** Says one thing, never ends, and sees the caller go. */
  private static FakeDaemon.Streams endless(CountDownLatch cancelled) {
    return (_, caller) -> {
      ((ServerCallStreamObserver<dev.tsuku.llm.protocol.v1.CompletionEvent>) caller)
          .setOnCancelHandler(cancelled::countDown);
      caller.onNext(FakeDaemon.event().setText("Good").build());
    };
  }
}
