package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.tests.process.RawClient;
import dev.tsuku.llm.tests.process.RunningDaemon;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A daemon is killed at a random moment of its life, and another is wanted over what is left of it.
 * What its clients had asked is answered by the next one.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class KillTest {

  private static final int TOKENS = 100;

  @RegisterExtension final VictimHome home = new VictimHome();

  /** What the daemon is doing when the kill comes, or is about to. */
  private enum Moment {
    START,
    LOAD,
    REQUEST,
    DRAIN
  }

  @Test
  void after_a_kill_at_any_moment_the_next_daemon_starts_and_answers() {
    Attack.of("kill", 6).play(this::killOnce);
  }

  @Test
  @Tag("long")
  void after_each_of_many_kills_the_next_daemon_starts_and_answers() {
    Attack.of("kill", 1000).play(this::killOnce);
  }

  private void killOnce(long seed, Random random) throws Exception {
    Moment moment = Moment.values()[Math.floorMod(seed, Moment.values().length)];
    Optional<CompletableFuture<Completion>> asked;
    try (RunningDaemon victim = RunningDaemon.start(home.tsuku(), home.path(), "serve")) {
      asked = live(victim, moment, random);
      victim.kill();
    }
    try (TsukuClient client = TsukuClient.connectOrStart(home.home(), home.launcher())) {
      assertThat(tokensOf(client.complete(Prompt.of("Hi").withMaxTokens(2)))).isEqualTo(2);
      if (asked.isPresent()) {
        assertThat(tokensOf(asked.get().get(60, TimeUnit.SECONDS)))
            .as("tokens for the client whose daemon was killed in %s", moment)
            .isEqualTo(TOKENS);
      }
      home.awaitLosers();
      assertOneDaemon(client, moment);
      // What the next round finds is a clean home or the traces of another kill.
      if (random.nextBoolean()) {
        assertThat(client.stop(true)).isTrue();
        assertThat(client.awaitGone(Duration.ofSeconds(12))).isTrue();
        home.assertNothingIsLeft();
      }
    } finally {
      home.killAll();
    }
  }

  /**
   * The one process that is left is the daemon that answers. What else may be left is told apart by
   * what is said of it: a start that hangs, a daemon without a socket, or one that began meanwhile.
   */
  private void assertOneDaemon(TsukuClient client, Moment moment) throws IOException {
    long answers = client.status().daemon().pid();
    List<Long> running = home.running();
    if (!running.equals(List.of(answers))) {
      StringBuilder left = new StringBuilder();
      for (long pid : running) {
        left.append(
            ProcessHandle.of(pid)
                .map(
                    it ->
                        "\n  pid %d, since %s: %s"
                            .formatted(
                                pid,
                                it.info().startInstant().map(Instant::toString).orElse("?"),
                                it.info().commandLine().orElse("(gone)")))
                .orElse("\n  pid " + pid + ", gone by now"));
      }
      throw new AssertionError(
          "After a kill in %s, pid %d answered first and pid %d last; these run:%s\nlog:\n%s"
              .formatted(
                  moment,
                  answers,
                  client.status().daemon().pid(),
                  left,
                  Files.readString(home.log())));
    }
  }

  private static int tokensOf(Completion answer) {
    return answer.usage().outputTokens();
  }

  /** Lets the victim live until its moment; returns what it was asked by then. */
  private Optional<CompletableFuture<Completion>> live(
      RunningDaemon victim, Moment moment, Random random) throws Exception {
    return switch (moment) {
      case START -> {
        Attack.passing(Attack.upTo(Duration.ofMillis(400), random));
        yield Optional.empty();
      }
      case LOAD -> {
        victim.awaitListening();
        Attack.passing(Attack.upTo(Duration.ofMillis(150), random));
        yield Optional.empty();
      }
      case REQUEST, DRAIN -> {
        victim.awaitListening();
        CompletableFuture<Completion> asked = askFromAnotherThread();
        awaitInFlight();
        if (moment == Moment.DRAIN) {
          victim.signal("TERM");
        }
        Attack.passing(Attack.upTo(Duration.ofMillis(250), random));
        yield Optional.of(asked);
      }
    };
  }

  private CompletableFuture<Completion> askFromAnotherThread() {
    return CompletableFuture.supplyAsync(
        () -> {
          try (TsukuClient client = TsukuClient.connectOrStart(home.home(), home.launcher())) {
            return client.complete(Prompt.of("Hi").withMaxTokens(TOKENS));
          }
        },
        task -> Thread.ofPlatform().daemon().start(task));
  }

  private void awaitInFlight() throws Exception {
    try (RawClient client = new RawClient(home.path())) {
      while (client.blocking().getStatus(StatusRequest.getDefaultInstance()).getInFlight() == 0) {
        assertThat(home.running()).hasSize(1);
      }
    }
  }
}
