package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.tests.process.RawClient;
import dev.tsuku.llm.tests.process.RunningDaemon;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A crowd wants the same daemon at once: one starts, and serves them all. */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class StartersTest {

  /** As many processes start at once as the crowd is large, on however few cores. */
  private static final Duration CROWDED = Duration.ofMinutes(3);

  @RegisterExtension final VictimHome home = new VictimHome();

  @Test
  void of_a_crowd_of_starters_one_wins_and_serves_all_clients() {
    Attack.of("starters", 1).play((seed, random) -> race(8, random));
  }

  @Test
  @Tag("long")
  void of_64_starters_one_wins_and_serves_64_clients_each_time() {
    Attack.of("starters", 100).play((seed, random) -> race(64, random));
  }

  private void race(int size, Random random) throws Exception {
    List<RunningDaemon> starters = new ArrayList<>();
    List<RawClient> clients = new ArrayList<>();
    try {
      List<ListenableFuture<CompletionResponse>> answers = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        starters.add(RunningDaemon.start(home.tsuku(), home.path(), "serve"));
        RawClient client = new RawClient(home.path());
        clients.add(client);
        answers.add(
            client
                .future()
                .withWaitForReady()
                .complete(RawClient.ask("Hi " + i).setMaxTokens(1 + random.nextInt(4)).build()));
      }
      for (ListenableFuture<CompletionResponse> answer : answers) {
        assertThat(answer.get(CROWDED.toSeconds(), TimeUnit.SECONDS).getContent()).isNotEmpty();
      }
      RunningDaemon winner = winnerOf(starters, clients.getFirst());
      for (RunningDaemon loser : starters) {
        if (loser != winner) {
          assertThat(loser.awaitExit(CROWDED)).isEqualTo(1);
          assertThat(loser.err().lines()).singleElement().asString().contains("already running");
        }
      }
      assertThat(winner.isAlive()).isTrue();
      winner.signal("TERM");
      assertThat(winner.awaitExit(Duration.ofSeconds(10))).isZero();
      assertThat(winner.err()).isEmpty();
      home.assertNothingIsLeft();
    } finally {
      clients.forEach(RawClient::close);
      starters.forEach(RunningDaemon::close);
    }
  }

  private static RunningDaemon winnerOf(List<RunningDaemon> starters, RawClient client)
      throws Exception {
    long pid = client.blocking().getStatus(StatusRequest.getDefaultInstance()).getPid();
    return starters.stream()
        .filter(starter -> starter.pid() == pid)
        .findAny()
        .orElseThrow(() -> new AssertionError("nobody of the crowd answers, but pid " + pid));
  }

  /** Each starts a daemon if it sees none, which is what programs do. */
  @Test
  void of_a_crowd_of_clients_that_start_daemons_all_are_answered_by_one() throws Exception {
    int size = Integer.getInteger("tsuku.rounds.clients", 6);
    List<Callable<Long>> clients = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      clients.add(this::askAndTellWho);
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(size)) {
      List<Long> pids = new ArrayList<>();
      for (Future<Long> pid : threads.invokeAll(clients)) {
        pids.add(pid.get());
      }
      assertThat(pids).containsOnly(pids.getFirst());
      home.awaitLosers();
      assertThat(home.running()).containsExactly(pids.getFirst());
    }
  }

  private long askAndTellWho() {
    try (TsukuClient client = TsukuClient.connectOrStart(home.home(), home.launcher())) {
      assertThat(client.complete(Prompt.of("Hi").withMaxTokens(2)).content()).isNotEmpty();
      return client.status().daemon().pid();
    }
  }

  /** As many may start at once, each for a client whose user reads what all of them print. */
  @Test
  void no_client_of_a_crowd_shows_that_its_own_daemon_lost() throws Exception {
    int size = Integer.getInteger("tsuku.rounds.clients", 6);
    List<Callable<Result>> clients = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      clients.add(() -> home.tsuku().run("complete", "--max-tokens", "2", "Hi"));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(size)) {
      for (Future<Result> client : threads.invokeAll(clients)) {
        assertThat(client.get().status()).as(client.get().err()).isZero();
        assertThat(client.get().err()).doesNotContain("already running");
      }
    } finally {
      assertThat(home.tsuku().run("stop").status()).isZero();
    }
  }

  @Test
  void a_loser_gives_up_sooner_than_a_client_that_probes_would_be_waited_for() {
    try (RunningDaemon first = RunningDaemon.serve(home.tsuku(), home.path())) {
      List<Duration> taken = new ArrayList<>();
      // On a machine that is busy with something else, one attempt proves nothing.
      for (int i = 0; i < 10 && taken.stream().noneMatch(StartersTest::inTime); i++) {
        long started = System.nanoTime();
        Result second = home.tsuku().run("serve");
        taken.add(Duration.ofNanos(System.nanoTime() - started));
        assertThat(second.status()).isEqualTo(1);
        assertThat(second.err()).contains("already running", "pid " + first.pid());
        assertThat(taken.getLast()).isLessThan(Duration.ofSeconds(3));
      }
      assertThat(taken).anyMatch(StartersTest::inTime);
      assertThat(first.isAlive()).isTrue();
    }
  }

  private static boolean inTime(Duration taken) {
    return taken.compareTo(Duration.ofMillis(900)) < 0;
  }
}
