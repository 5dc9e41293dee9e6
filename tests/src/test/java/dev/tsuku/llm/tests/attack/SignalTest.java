package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.daemon.socket.Posix;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.tests.process.RawClient;
import dev.tsuku.llm.tests.process.RunningDaemon;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Volleys of signals, in every phase of a daemon's life: each ends it, with status 0, in time, and
 * with nothing left.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class SignalTest {

  private static final List<String> KINDS = SignalSender.stopsHeeded();

  /** The grace for requests, what comes after it, and the time that a busy machine takes. */
  private static final Duration BUDGET = Duration.ofSeconds(13);

  /** The same when there is nothing to wait for. */
  private static final Duration SOON = Duration.ofSeconds(5);

  /** More than any machine prefills within a volley. */
  private static final String LONG_TEXT = "What now? ".repeat(600);

  @RegisterExtension final VictimHome home = new VictimHome();

  private enum Phase {
    BEFORE_MAIN,
    STARTING,
    WAITING_FOR_THE_LOCK,
    LOADING,
    PREFILLING,
    GENERATING,
    DRAINING,
    EXITING
  }

  @Test
  void signals_in_any_phase_end_it_cleanly() {
    Attack.of("signal", Phase.values().length).play(this::signalOnce);
  }

  @Test
  @Tag("long")
  void signals_end_it_cleanly_many_times() {
    Attack.of("signal", 1000).play(this::signalOnce);
  }

  private void signalOnce(long seed, Random random) throws Exception {
    Phase phase = Phase.values()[Math.floorMod(seed, Phase.values().length)];
    home.forgetLogs();
    try (SignalSender sender = new SignalSender()) {
      Volley volley = new Volley(sender, random);
      switch (phase) {
        case BEFORE_MAIN -> beforeMain(volley);
        case STARTING -> starting(volley, random);
        case WAITING_FOR_THE_LOCK -> waitingForTheLock(volley, random);
        case LOADING -> loading(volley, random);
        case PREFILLING -> prefilling(volley, random);
        case GENERATING -> generating(volley, random);
        case DRAINING -> draining(volley);
        case EXITING -> exiting(volley, random);
      }
    } catch (AssertionError e) {
      throw new AssertionError("in " + phase + ": " + e.getMessage(), e);
    }
    home.assertNothingIsLeft();
  }

  /** 1 to 20 signals of any kind, at random moments. */
  private record Volley(SignalSender sender, Random random) {

    void at(RunningDaemon daemon, Duration within) throws IOException {
      long start = System.nanoTime();
      long[] moments =
          random.longs(1 + random.nextInt(20), 0, within.toNanos() + 1).sorted().toArray();
      // The first is not to be late: it is what begins the phase's end.
      moments[0] = 0;
      for (long moment : moments) {
        Attack.passing(Duration.ofNanos(moment - (System.nanoTime() - start)));
        if (!daemon.isAlive()) {
          return;
        }
        sender.send(KINDS.get(random.nextInt(KINDS.size())), daemon.pid());
      }
    }
  }

  /**
   * Before its first statement, {@code main} has made nothing and can catch nothing: the JVM, or
   * the shell before it, ends as any process does: the JVM with status 1 where the signal finds it
   * half-made, and without a word. Where the signal has begun to end the JVM when {@code main}
   * begins, its clean end comes first.
   */
  private void beforeMain(Volley volley) throws Exception {
    try (RunningDaemon daemon = start()) {
      Attack.passing(Attack.upTo(Duration.ofMillis(200), volley.random()));
      volley.at(daemon, Duration.ofMillis(200));
      assertThat(daemon.awaitExit(SOON)).isIn(0, 1, 128 + 1, 128 + 2, 128 + 15);
      assertThat(daemon.err()).isEmpty();
      assertThat(daemon.out()).isEmpty();
    }
  }

  private void starting(Volley volley, Random random) throws Exception {
    try (RunningDaemon daemon = start()) {
      home.awaitMain(daemon);
      Attack.passing(Attack.upTo(Duration.ofMillis(150), random));
      volley.at(daemon, Duration.ofMillis(200));
      assertGone(daemon, SOON);
    }
  }

  /**
   * It waits for a second only. On a machine that is busy enough, that is over before the signal
   * comes; then its log says so, and it is done once more.
   */
  private void waitingForTheLock(Volley volley, Random random) throws Exception {
    int fd = Posix.open(home.lock());
    try {
      assertThat(Posix.tryLock(fd)).isTrue();
      int attempts = 1;
      while (!stopsWaitingForTheLock(volley, random)) {
        assertThat(attempts++).as("attempts to be in time").isLessThan(20);
      }
      assertThat(home.lock()).as("the lock file of whoever holds it").exists();
      Files.delete(home.lock());
    } finally {
      Posix.close(fd);
    }
  }

  private boolean stopsWaitingForTheLock(Volley volley, Random random) throws Exception {
    home.forgetLogs();
    try (RunningDaemon daemon = start()) {
      home.awaitMain(daemon);
      Attack.passing(Attack.upTo(Duration.ofMillis(300), random));
      volley.at(daemon, Duration.ofMillis(200));
      if (daemon.awaitExit(SOON) == 0) {
        assertGone(daemon, SOON);
        return true;
      }
      assertThat(Files.readString(home.log()))
          .as("the log of a daemon that ended with status 1")
          .contains("stopping: FAILED_START (A daemon is already running");
      return false;
    }
  }

  private void loading(Volley volley, Random random) throws Exception {
    try (RunningDaemon daemon = start()) {
      daemon.awaitListening();
      Attack.passing(Attack.upTo(Duration.ofMillis(150), random));
      volley.at(daemon, Duration.ofMillis(200));
      assertGone(daemon, SOON);
    }
  }

  /** Several long prompts, because a single one may be over before anybody has seen it in hand. */
  private void prefilling(Volley volley, Random random) throws Exception {
    try (RunningDaemon daemon = start()) {
      daemon.awaitListening();
      try (RawClient client = new RawClient(home.path())) {
        client
            .future()
            .complete(RawClient.ask("Hi").setMaxTokens(1).build())
            .get(60, TimeUnit.SECONDS);
        List<ListenableFuture<CompletionResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          CompletionRequest request = RawClient.ask(i + LONG_TEXT).setMaxTokens(20).build();
          answers.add(client.future().complete(request));
        }
        answers.add(client.begin(RawClient.ask(LONG_TEXT).setMaxTokens(20).build()));
        Attack.passing(Attack.upTo(Duration.ofMillis(200), random));
        volley.at(daemon, Duration.ofMillis(500));
        assertGone(daemon, BUDGET);
        for (ListenableFuture<CompletionResponse> answer : answers) {
          assertToldOrAnswered(answer);
        }
      }
    }
  }

  private void generating(Volley volley, Random random) throws Exception {
    try (RunningDaemon daemon = start()) {
      daemon.awaitListening();
      try (RawClient client = new RawClient(home.path())) {
        ListenableFuture<CompletionResponse> answer = client.begin(200 + random.nextInt(2000));
        volley.at(daemon, Duration.ofMillis(500));
        assertGone(daemon, BUDGET);
        assertToldOrAnswered(answer);
      }
    }
  }

  private void draining(Volley volley) throws Exception {
    try (RunningDaemon daemon = start()) {
      daemon.awaitListening();
      try (RawClient client = new RawClient(home.path())) {
        ListenableFuture<CompletionResponse> answer = client.begin(1000);
        daemon.signal("TERM");
        while (!client.blocking().getStatus(StatusRequest.getDefaultInstance()).getDraining()) {
          assertThat(answer.isDone()).isFalse();
        }
        volley.at(daemon, Duration.ofMillis(500));
        assertGone(daemon, BUDGET);
        assertToldOrAnswered(answer);
      }
    }
  }

  private void exiting(Volley volley, Random random) throws Exception {
    try (RunningDaemon daemon = start()) {
      daemon.awaitListening();
      daemon.signal("TERM");
      while (Files.exists(home.socket())) {
        assertThat(daemon.isAlive()).isTrue();
      }
      Attack.passing(Attack.upTo(Duration.ofMillis(40), random));
      volley.at(daemon, Duration.ofMillis(80));
      assertGone(daemon, SOON);
    }
  }

  private RunningDaemon start() {
    return RunningDaemon.start(home.tsuku(), home.path(), "serve");
  }

  private static void assertGone(RunningDaemon daemon, Duration within) {
    int status = daemon.awaitExit(within);
    assertThat(status).as("the exit status; stderr: %s", daemon.err()).isZero();
    assertThat(daemon.out()).isEmpty();
    assertThat(daemon.err()).isEmpty();
  }

  /** Whoever has asked is answered or told why not; nobody's connection just breaks. */
  private static void assertToldOrAnswered(ListenableFuture<CompletionResponse> answer)
      throws InterruptedException, TimeoutException {
    try {
      assertThat(answer.get(5, TimeUnit.SECONDS).getStopReason()).isEqualTo("max_tokens");
    } catch (ExecutionException e) {
      Status status = Status.fromThrowable(e);
      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).startsWith("server is shutting down");
    }
  }
}
