package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.DaemonLauncher;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.client.TsukuClient;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients come at the very moment at which the daemon has been idle for long enough. */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class IdleRaceTest {

  private static final Duration IDLE = Duration.ofMillis(800);

  /**
   * Without a load in the background, which on a small machine keeps the daemon from hearing of its
   * first client for about as long as it is to stay.
   */
  private static final String LOAD_ON_DEMAND = "[llm]\nlocal_preemptive = false\n";

  /** How long before and after the moment; what comes later finds nobody. */
  private static final Duration AROUND = Duration.ofMillis(60);

  @RegisterExtension final VictimHome home = new VictimHome();

  @Test
  void whoever_comes_as_the_daemon_goes_is_answered() throws IOException {
    comeAndGo(6);
  }

  @Test
  @Tag("long")
  void many_who_come_as_the_daemon_goes_are_answered() throws IOException {
    comeAndGo(300);
  }

  /** Every other time a client that has been connected before, and knows nothing of the end. */
  private void comeAndGo(int rounds) throws IOException {
    Files.writeString(home.home().config(), LOAD_ON_DEMAND);
    DaemonLauncher launcher = home.launcher("TSUKU_LLM_IDLE_TIMEOUT=" + IDLE.toMillis() + "ms");
    try (TsukuClient regular = TsukuClient.connectOrStart(home.home(), launcher)) {
      Attack.of("idle", rounds)
          .play(
              (seed, random) -> {
                assertAnswers(regular);
                Attack.passing(moment(random));
                if (seed % 2 == 0) {
                  assertAnswers(regular);
                } else {
                  try (TsukuClient fresh = TsukuClient.connectOrStart(home.home(), launcher)) {
                    assertAnswers(fresh);
                  }
                }
              });
    }
  }

  private static Duration moment(Random random) {
    return IDLE.minus(AROUND).plus(Attack.upTo(AROUND.multipliedBy(2), random));
  }

  private static void assertAnswers(TsukuClient client) {
    Completion answer = client.complete(Prompt.of("Hi").withMaxTokens(2));
    assertThat(answer.usage().outputTokens()).isEqualTo(2);
  }
}
