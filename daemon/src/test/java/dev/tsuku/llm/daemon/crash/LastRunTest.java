package dev.tsuku.llm.daemon.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.daemon.crash.RunMarker.Found;
import dev.tsuku.llm.daemon.crash.RunMarker.Run;
import dev.tsuku.llm.daemon.crash.RunMarker.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class LastRunTest {

  private static final long KILLS = 5;

  @TempDir private Path directory;
  private Path crashLog;

  @BeforeEach
  void nameCrashLog() {
    crashLog = directory.resolve("llm.crash.log");
  }

  private static Found found(Work work, int deaths, long kills) {
    return new Found(
        new Run(Path.of("/m.gguf"), 8192, deaths, 17, kills, work), Instant.ofEpochSecond(1000));
  }

  private Optional<LastRun> judge(Work work, int deaths, long killsNow) {
    return LastRun.judge(found(work, deaths, KILLS), crashLog, killsNow);
  }

  private void writeCrashLog(long second) throws IOException {
    Files.writeString(crashLog, "#");
    Files.setLastModifiedTime(crashLog, FileTime.from(Instant.ofEpochSecond(second)));
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void a_kill_while_the_kernel_ended_nothing_does_not_count(Work work) {
    assertThat(judge(work, 0, KILLS)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = Work.class, names = "IDLE", mode = Mode.EXCLUDE)
  void an_end_at_work_counts_if_the_kernel_was_short_of_memory(Work work) {
    assertThat(judge(work, 1, KILLS + 1))
        .hasValueSatisfying(
            last -> {
              assertThat(last.counts()).isTrue();
              assertThat(last.run().deaths()).isEqualTo(2);
            });
  }

  @Test
  void a_restart_of_the_machine_does_not_count() {
    assertThat(judge(Work.DECODING, 0, 0)).isEmpty();
  }

  @Test
  void where_the_kernel_does_not_say_an_end_at_work_counts() {
    assertThat(judge(Work.LOADING, 0, MemoryKills.UNKNOWN)).isPresent();
    assertThat(LastRun.judge(found(Work.DECODING, 0, MemoryKills.UNKNOWN), crashLog, KILLS))
        .isPresent();
  }

  @ParameterizedTest
  @EnumSource(value = Work.class, names = "IDLE", mode = Mode.EXCLUDE)
  void a_crash_at_work_counts_and_an_older_one_does_not(Work work) throws IOException {
    writeCrashLog(999);
    assertThat(judge(work, 0, KILLS)).isEmpty();
    writeCrashLog(1000);
    assertThat(judge(work, 0, KILLS))
        .hasValueSatisfying(last -> assertThat(last.counts()).isTrue());
  }

  @Test
  void an_idle_daemon_had_memory_enough() throws IOException {
    writeCrashLog(1001);
    assertThat(judge(Work.IDLE, 0, KILLS + 1)).isEmpty();
  }

  @Test
  void what_counted_before_is_neither_forgotten_nor_counted_again() {
    assertThat(judge(Work.IDLE, 1, KILLS + 1))
        .hasValueSatisfying(
            last -> {
              assertThat(last.counts()).isFalse();
              assertThat(last.run().deaths()).isEqualTo(1);
            });
  }

  @Test
  void the_kernels_counter_is_found_among_the_others() throws IOException {
    Path counters = directory.resolve("vmstat");
    assertThat(MemoryKills.count(counters)).isEqualTo(MemoryKills.UNKNOWN);
    Files.writeString(counters, "pgfault 7\noom_kill 12\nnuma_hit 3\n");
    assertThat(MemoryKills.count(counters)).isEqualTo(12);
    Files.writeString(counters, "pgfault 7\n");
    assertThat(MemoryKills.count(counters)).isEqualTo(MemoryKills.UNKNOWN);
  }

  @Test
  void the_next_daemon_is_described_without_changing_the_file() {
    Path file = directory.resolve("llm.running");
    try (RunMarker marker = new RunMarker(file)) {
      marker.write(new Run(Path.of("/m.gguf"), 8192, 0, Integer.MAX_VALUE, -1, Work.LOADING));
    }
    assertThat(LastRun.describe(file, crashLog))
        .hasValueSatisfying(
            note ->
                assertThat(note).contains("while it loaded /m.gguf", "The next one uses 4,096"));
    assertThat(file).exists();
  }

  @Test
  void a_daemon_that_runs_with_less_is_described_until_it_has_answered() {
    Path file = directory.resolve("llm.running");
    long self = ProcessHandle.current().pid();
    try (RunMarker marker = new RunMarker(file)) {
      marker.write(new Run(Path.of("/m.gguf"), 8192, 1, self, 0, Work.LOADING));
      marker.loaded();
      assertThat(LastRun.describe(file, crashLog))
          .hasValueSatisfying(
              note -> assertThat(note).contains("pid " + self, "8,192", "one before it"));
      marker.requestBegins();
      marker.requestAnswered();
      marker.requestEnds();
      assertThat(LastRun.describe(file, crashLog)).isEmpty();
    }
  }
}
