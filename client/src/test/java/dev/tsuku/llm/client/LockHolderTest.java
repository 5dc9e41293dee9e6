package dev.tsuku.llm.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A shell that waits for input, in whose command line our name stands, plays the daemon. */
class LockHolderTest {

  @TempDir Path directory = Path.of("");

  private @Nullable Process daemon;

  private ProcessHandle daemon() throws IOException {
    Process started = new ProcessBuilder("sh", "-c", "read line # tsuku-llm serve").start();
    daemon = started;
    return started.toHandle();
  }

  @AfterEach
  void kill() {
    if (daemon != null) {
      daemon.destroyForcibly();
    }
  }

  private Home locked(String content) throws IOException {
    Home home = new Home(directory);
    Files.writeString(home.lock(), content);
    return home;
  }

  @Test
  void the_process_that_wrote_its_number_is_the_daemon() throws IOException {
    ProcessHandle daemon = daemon();
    Optional<ProcessHandle> holder = LockHolder.in(locked(daemon.pid() + "\n"));
    assertThat(holder).contains(daemon);
    assertThat(LockHolder.inBrackets(holder)).isEqualTo(" (pid " + daemon.pid() + ")");
    assertThat(LockHolder.wayToEnd(holder))
        .isEqualTo("; 'kill -KILL " + daemon.pid() + "' ends it");
  }

  @Test
  void a_process_that_began_after_the_number_was_written_is_another() throws IOException {
    ProcessHandle daemon = daemon();
    Home home = locked(daemon.pid() + "\n");
    Instant started = daemon.info().startInstant().orElseThrow();
    Files.setLastModifiedTime(home.lock(), FileTime.from(started.minus(Duration.ofHours(1))));
    assertThat(LockHolder.in(home)).isEmpty();
  }

  @Test
  void a_process_of_another_program_is_no_daemon() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      assertThat(LockHolder.in(locked(sleep.pid() + "\n"))).isEmpty();
    } finally {
      sleep.destroyForcibly().waitFor();
    }
  }

  @Test
  void a_process_that_has_ended_is_no_daemon() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    assertThat(ended.waitFor()).isZero();
    assertThat(LockHolder.in(locked(ended.pid() + "\n"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "soon", "-1", "99999999999999999999"})
  void what_is_no_number_names_nobody(String content) throws IOException {
    Home home = locked(content);
    assertThat(LockHolder.in(home)).isEmpty();
    assertThat(LockHolder.inBrackets(LockHolder.in(home))).isEmpty();
    assertThat(LockHolder.wayToEnd(LockHolder.in(home))).isEmpty();
  }

  @Test
  void no_lock_file_names_nobody() {
    assertThat(LockHolder.in(new Home(directory))).isEmpty();
  }
}
