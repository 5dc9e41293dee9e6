package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.protocol.v1.CompletionEvent;
import dev.tsuku.llm.protocol.v1.CompletionEvent.EventCase;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyVocabulary;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Answers as they come about: on the wire, and on a person's terminal. */
@Timeout(120)
class StreamingTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  /** The smallest that HTTP/2 knows: what a caller has not read soon stays with the daemon. */
  private static final int SMALL_WINDOW = 65_535;

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  private RunningDaemon serve(TinyGguf model) throws IOException {
    model.writeTo(Files.createDirectories(home.resolve("models")).resolve("tiny.gguf"));
    return RunningDaemon.serve(tsuku(), home.path());
  }

  /** Never ends, and says so much with each token that a caller soon falls behind. */
  private static TinyGguf talkative() {
    byte[] piece = "la ".repeat(700).getBytes(StandardCharsets.UTF_8);
    TinyVocabulary vocabulary = TinyVocabulary.chat().withSpoken(piece);
    return TinyGguf.followedBy(vocabulary, Map.of(), vocabulary.id(piece))
        .withChatTemplate(TinyGguf.CHATML);
  }

  private static BlockingClientCall<?, CompletionEvent> stream(
      RawClient client, CompletionRequest request) {
    return client.blocking().completeStream(request);
  }

  private static List<CompletionEvent> readAll(BlockingClientCall<?, CompletionEvent> call)
      throws StatusException, InterruptedException {
    List<CompletionEvent> events = new ArrayList<>();
    for (CompletionEvent event = call.read(); event != null; event = call.read()) {
      events.add(event);
    }
    return events;
  }

  private static String text(List<CompletionEvent> events) {
    return events.stream()
        .filter(CompletionEvent::hasText)
        .map(CompletionEvent::getText)
        .collect(Collectors.joining());
  }

  /** A stream that has begun to say something. */
  private static BlockingClientCall<?, CompletionEvent> begun(
      RawClient client, CompletionRequest request) throws StatusException, InterruptedException {
    BlockingClientCall<?, CompletionEvent> call = stream(client, request);
    CompletionEvent event = call.read();
    while (!event.hasText()) {
      event = call.read();
    }
    return call;
  }

  private static void awaitIdle(RawClient client) throws StatusException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (client.blocking().getStatus(StatusRequest.getDefaultInstance()).getInFlight() > 0) {
      assertThat(System.nanoTime()).as("the request is still in").isLessThan(deadline);
    }
  }

  @Test
  void events_come_in_order_and_the_texts_are_the_answer_of_complete() throws Exception {
    try (RunningDaemon _ = serve(TinyGguf.saying("Good day, wörld! 😀 How are you?"));
        RawClient client = new RawClient(home.path())) {
      CompletionRequest request = RawClient.ask("Hi there.").build();
      List<CompletionEvent> events = readAll(stream(client, request));
      List<EventCase> cases = events.stream().map(CompletionEvent::getEventCase).toList();
      assertThat(cases).isSorted().contains(EventCase.PREFILL).endsWith(EventCase.DONE);
      assertThat(cases).filteredOn(EventCase.DONE::equals).hasSize(1);
      CompletionResponse whole = client.blocking().complete(request);
      CompletionResponse done = events.getLast().getDone();
      assertThat(text(events)).isEqualTo(whole.getContent()).isEqualTo(done.getContent());
      assertThat(done.getStopReason()).isEqualTo("end_turn");
      assertThat(done.getModel()).isEqualTo("tiny");
      assertThat(done.getUsage().getInputTokens()).isEqualTo(whole.getUsage().getInputTokens());
      assertThat(done.getUsage().getOutputTokens()).isEqualTo(whole.getUsage().getOutputTokens());
      assertThat(whole.getUsage().getCachedInputTokens())
          .as("cached, when the same is asked again")
          .isEqualTo(whole.getUsage().getInputTokens() - 1);
    }
  }

  @Test
  void a_word_is_told_long_before_the_last() throws Exception {
    try (RunningDaemon _ = serve(TinyGguf.slow());
        RawClient client = new RawClient(home.path())) {
      BlockingClientCall<?, CompletionEvent> call =
          begun(client, RawClient.ask("Hi").setMaxTokens(800).build());
      assertThat(client.blocking().getStatus(StatusRequest.getDefaultInstance()).getInFlight())
          .isEqualTo(1);
      List<CompletionEvent> rest = readAll(call);
      // Words that come while nobody reads, as during the question above, come at once.
      assertThat(rest.stream().filter(CompletionEvent::hasText).count()).isGreaterThan(100);
      assertThat(rest.getLast().getDone().getUsage().getOutputTokens()).isEqualTo(800);
      assertThat(rest.getLast().getDone().getUsage().getDecodeMillis()).isPositive();
    }
  }

  @Test
  void who_does_not_read_holds_up_nobody_and_misses_nothing() throws Exception {
    try (RunningDaemon daemon = serve(talkative());
        RawClient other = new RawClient(home.path());
        RawClient idle = new RawClient(home.path(), SMALL_WINDOW)) {
      CompletionRequest longOne = RawClient.ask("Sing.").setMaxTokens(400).build();
      CompletionRequest shortOne = RawClient.ask("Hi.").setMaxTokens(20).build();
      String expected = other.blocking().complete(longOne).getContent();
      assertThat(expected).hasSizeGreaterThan(800_000);
      List<BlockingClientCall<?, CompletionEvent>> calls = new ArrayList<>();
      // More than can be at work at once: those that wait get their turn because these pause.
      for (int i = 0; i < 12; i++) {
        calls.add(begun(idle, longOne));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(other.blocking().complete(shortOne).getUsage().getOutputTokens()).isEqualTo(20);
      }
      assertThat(daemon.isAlive()).isTrue();
      List<CompletionEvent> rest = readAll(calls.getFirst());
      assertThat(rest.getLast().getDone().getContent()).isEqualTo(expected);
      assertThat(expected).endsWith(text(rest));
      for (BlockingClientCall<?, CompletionEvent> call : calls) {
        call.cancel("enough", null);
      }
      awaitIdle(other);
    }
  }

  @Test
  void a_cancelled_stream_is_no_longer_worked_for() throws Exception {
    try (RunningDaemon _ = serve(TinyGguf.slow());
        RawClient client = new RawClient(home.path())) {
      BlockingClientCall<?, CompletionEvent> call =
          begun(client, RawClient.ask("Hi").setMaxTokens(Integer.MAX_VALUE).build());
      call.cancel("enough", null);
      awaitIdle(client);
    }
  }

  @Test
  void a_deadline_ends_a_stream_with_its_status() throws Exception {
    try (RunningDaemon _ = serve(TinyGguf.slow());
        RawClient client = new RawClient(home.path())) {
      client.blocking().complete(RawClient.ask("Hi").setMaxTokens(1).build());
      BlockingClientCall<?, CompletionEvent> call =
          client
              .blocking()
              .withDeadlineAfter(1, TimeUnit.SECONDS)
              .completeStream(RawClient.ask("Hi").setMaxTokens(Integer.MAX_VALUE).build());
      assertThat(statusOf(call).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      awaitIdle(client);
    }
  }

  private static Status statusOf(BlockingClientCall<?, CompletionEvent> call)
      throws InterruptedException {
    try {
      throw new AssertionError("the stream ended well: " + readAll(call).getLast());
    } catch (StatusException e) {
      return e.getStatus();
    }
  }

  @Test
  void a_stream_in_flight_at_a_signal_is_finished() throws Exception {
    try (RunningDaemon daemon = serve(TinyGguf.slow());
        RawClient client = new RawClient(home.path())) {
      BlockingClientCall<?, CompletionEvent> call =
          begun(client, RawClient.ask("Hi").setMaxTokens(600).build());
      daemon.signal("TERM");
      assertThat(readAll(call).getLast().getDone().getUsage().getOutputTokens()).isEqualTo(600);
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
  }

  @Test
  void a_second_signal_ends_a_stream_with_a_status() throws Exception {
    try (RunningDaemon daemon = serve(TinyGguf.slow());
        RawClient client = new RawClient(home.path())) {
      BlockingClientCall<?, CompletionEvent> call =
          begun(client, RawClient.ask("Hi").setMaxTokens(Integer.MAX_VALUE).build());
      daemon.signal("TERM");
      daemon.signal("INT");
      Status status = statusOf(call);
      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).startsWith("server is shutting down");
      assertThat(daemon.awaitExit(Duration.ofSeconds(5))).isZero();
    }
  }

  @Test
  void who_does_not_read_keeps_a_daemon_from_going_no_longer_than_the_grace() throws Exception {
    try (RunningDaemon daemon = serve(talkative());
        RawClient idle = new RawClient(home.path(), SMALL_WINDOW)) {
      begun(idle, RawClient.ask("Sing.").setMaxTokens(400).build());
      daemon.signal("TERM");
      // Another signal: a second SIGTERM, sent before the first is delivered, would be the same
      // one.
      daemon.signal("INT");
      assertThat(daemon.awaitExit(Duration.ofSeconds(5))).isZero();
    }
  }

  @Test
  void a_refused_stream_has_the_status_of_complete() throws Exception {
    try (RunningDaemon _ = serve(TinyGguf.saying("Good day."));
        RawClient client = new RawClient(home.path())) {
      CompletionRequest empty = CompletionRequest.getDefaultInstance();
      Status streamed = statusOf(stream(client, empty));
      assertThatThrownBy(() -> client.blocking().complete(empty))
          .isInstanceOfSatisfying(
              StatusException.class,
              e -> assertThat(e.getStatus().toString()).isEqualTo(streamed.toString()));
      assertThat(streamed.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
  }

  @Test
  void the_command_prints_words_as_they_come_and_ends_quietly_when_nobody_reads_on()
      throws Exception {
    try (RunningDaemon _ = serve(TinyGguf.slow());
        RawClient client = new RawClient(home.path())) {
      Path err = home.resolve("err");
      Process command =
          tsuku()
              .builder(List.of("complete", "--max-tokens", "1000000", "Hi"))
              .redirectError(err.toFile())
              .start();
      try {
        byte[] word = command.getInputStream().readNBytes(10);
        assertThat(word).hasSize(10);
        assertThat(command.isAlive()).isTrue();
        command.getInputStream().close();
        assertThat(command.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isEqualTo(141);
        assertThat(err).isEmptyFile();
        awaitIdle(client);
      } finally {
        command.destroyForcibly();
      }
    }
  }

  @Test
  void a_command_that_is_interrupted_stops_the_work() throws Exception {
    try (RunningDaemon _ = serve(TinyGguf.slow());
        RawClient client = new RawClient(home.path())) {
      Process command =
          tsuku()
              .builder(List.of("complete", "--max-tokens", "1000000", "Hi"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        assertThat(command.getInputStream().readNBytes(10)).hasSize(10);
        command.destroy();
        assertThat(command.waitFor(20, TimeUnit.SECONDS)).isTrue();
        awaitIdle(client);
      } finally {
        command.destroyForcibly();
      }
    }
  }

  @Test
  void a_daemon_killed_in_the_middle_of_an_answer_is_told_in_a_sentence() throws Exception {
    try (RunningDaemon daemon = serve(TinyGguf.slow())) {
      Path err = home.resolve("err");
      Process command =
          tsuku()
              .builder(List.of("complete", "--max-tokens", "1000000", "Hi"))
              .redirectError(err.toFile())
              .start();
      try {
        assertThat(command.getInputStream().readNBytes(10)).hasSize(10);
        daemon.kill();
        byte[] rest = command.getInputStream().readAllBytes();
        assertThat(command.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isEqualTo(1);
        assertThat(rest).endsWith('\n');
        assertThat(err).content().startsWith("tsuku-llm: The daemon went away in the middle");
      } finally {
        command.destroyForcibly();
      }
    }
  }
}
