package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The lock, whose file is removed by everybody who has had it, goes from hand to hand between
 * processes. What is counted is when two believe to hold it, by an oracle that is first shown to
 * notice.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HandOverTest {

  private static final int PROCESSES = 4;
  private static final int THREADS = 2;

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  private record Tally(int had, int overlaps) {}

  @Test
  void the_oracle_sees_it_when_a_lock_is_held_twice() throws Exception {
    Tally tally = contend("naive", 1_000_000, 1);
    assertThat(tally.overlaps()).isPositive();
  }

  @Test
  void no_two_ever_hold_the_lock() throws Exception {
    handOver(500);
  }

  @Test
  @Tag("long")
  void no_two_ever_hold_the_lock_in_many_hand_overs() throws Exception {
    handOver(10_000);
  }

  private void handOver(int rounds) throws Exception {
    int times = Integer.getInteger("tsuku.rounds.handover", rounds);
    Tally tally = contend("daemon", times, 1);
    System.out.println("attack handover: " + tally);
    assertThat(tally.overlaps()).isZero();
    assertThat(tally.had()).isGreaterThanOrEqualTo(times);
    assertThat(directory.resolve("llm.sock.lock")).doesNotExist();
  }

  private Tally contend(String protocol, int times, int overlapsWanted) throws Exception {
    List<Process> processes = new ArrayList<>();
    try {
      for (int i = 0; i < PROCESSES; i++) {
        processes.add(contender(protocol, times / PROCESSES, overlapsWanted));
      }
      int had = 0;
      int overlaps = 0;
      for (Process process : processes) {
        String said =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(said).matches("\\d+ \\d+");
        assertThat(process.waitFor()).isZero();
        had += Integer.parseInt(said.substring(0, said.indexOf(' ')));
        overlaps += Integer.parseInt(said.substring(said.indexOf(' ') + 1));
        if (overlaps >= overlapsWanted) {
          break;
        }
      }
      return new Tally(had, overlaps);
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  private Process contender(String protocol, int times, int overlapsWanted) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            LockContender.class.getName(),
            protocol,
            directory.path().toString(),
            Integer.toString(THREADS),
            Integer.toString(times),
            Integer.toString(overlapsWanted))
        .redirectErrorStream(true)
        .start();
  }
}
