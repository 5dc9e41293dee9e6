package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.tests.process.RunningDaemon;
import dev.tsuku.llm.tests.process.TsukuCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the attacks count are daemons, whatever else this process starts meanwhile. */
@Timeout(60)
class VictimHomeTest {

  @RegisterExtension final VictimHome home = new VictimHome();
  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  @Test
  void programs_and_daemons_of_other_homes_are_no_daemon_that_stays() throws Exception {
    Process other = new ProcessBuilder("sleep", "60").start();
    Path elsewhere = Files.createDirectory(directory.resolve("h"));
    try (RunningDaemon stranger =
            RunningDaemon.serve(TsukuCommand.in(elsewhere), elsewhere, "--idle-timeout", "1m");
        RunningDaemon daemon = RunningDaemon.start(home.tsuku(), home.path(), "serve")) {
      assertThat(home.running()).as("as soon as it is started").containsExactly(daemon.pid());
      daemon.awaitListening();
      assertThat(home.running()).as("when it is Java").containsExactly(daemon.pid());
      home.killAll();
      assertThat(home.running()).isEmpty();
      assertThat(other.isAlive()).isTrue();
      assertThat(stranger.isAlive()).isTrue();
    } finally {
      other.destroyForcibly().waitFor();
    }
  }
}
