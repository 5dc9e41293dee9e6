package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.tests.process.RunningDaemon;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the attacks count are daemons, whatever else this process starts meanwhile. */
@Timeout(60)
class VictimHomeTest {

  @RegisterExtension final VictimHome home = new VictimHome();

  @Test
  void another_program_is_no_daemon_that_stays() throws Exception {
    Process other = new ProcessBuilder("sleep", "60").start();
    try (RunningDaemon daemon = RunningDaemon.start(home.tsuku(), home.path(), "serve")) {
      assertThat(home.running()).as("as soon as it is started").containsExactly(daemon.pid());
      daemon.awaitListening();
      assertThat(home.running()).as("when it is Java").containsExactly(daemon.pid());
      home.killAll();
      assertThat(home.running()).isEmpty();
      assertThat(other.isAlive()).isTrue();
    } finally {
      other.destroyForcibly().waitFor();
    }
  }
}
