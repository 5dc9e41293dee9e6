package dev.tsuku.llm.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.daemon.socket.PosixProcess;
import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.logging.LogManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LogFileTest {

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  @AfterEach
  void restoreLogging() throws IOException {
    LogManager.getLogManager().readConfiguration();
  }

  @Test
  void a_line_an_event_in_a_file_of_its_owners() throws IOException {
    Path path = directory.resolve("llm.log");
    LogFile log = LogFile.install(path);
    System.getLogger("test").log(System.Logger.Level.INFO, "loaded {0} in {1}", "m", 7);
    System.getLogger("test").log(System.Logger.Level.DEBUG, "not this");
    log.close();
    assertThat(Files.readAllLines(path))
        .singleElement()
        .asString()
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO loaded m in 7");
    assertThat(Files.getPosixFilePermissions(path))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void a_full_log_becomes_the_old_one_and_both_are_bounded() throws IOException {
    Path path = directory.resolve("llm.log");
    LogFile log = LogFile.install(path);
    log.own();
    String line = "x".repeat(1000);
    for (int i = 0; i < 4000; i++) {
      System.getLogger("test").log(System.Logger.Level.INFO, line + i);
    }
    log.close();
    assertThat(Files.size(path)).isBetween(1L, 1L << 20);
    assertThat(Files.size(directory.resolve("llm.log.1"))).isBetween(1L << 19, 1L << 20);
  }

  @Test
  void a_full_log_of_another_daemon_is_left_alone() throws IOException {
    Path path = directory.resolve("llm.log");
    Files.writeString(path, "x".repeat(1 << 20));
    LogFile log = LogFile.install(path);
    System.getLogger("test").log(System.Logger.Level.INFO, "too much");
    log.close();
    assertThat(Files.size(path)).isEqualTo(1 << 20);
    assertThat(directory.resolve("llm.log.1")).doesNotExist();
  }

  @Test
  void a_line_that_comes_again_and_again_is_counted() throws IOException {
    Path path = directory.resolve("llm.log");
    LogFile log = LogFile.install(path);
    for (int i = 0; i < 38; i++) {
      System.getLogger("test").log(System.Logger.Level.WARNING, "refused");
      System.getLogger("test").log(System.Logger.Level.INFO, i % 19 == 0 ? "one" : "other");
    }
    log.close();
    assertThat(Files.readAllLines(path).stream().map(line -> line.replaceFirst("^\\S+ ", "")))
        .containsExactly(
            "WARNING refused",
            "INFO one",
            "INFO other",
            "WARNING refused … repeated 37 times",
            "INFO one … repeated 1 time",
            "INFO other … repeated 35 times");
  }

  @Test
  void of_lines_that_differ_in_the_number_of_a_request_the_first_and_the_last_are_named()
      throws IOException {
    Path path = directory.resolve("llm.log");
    LogFile log = LogFile.install(path);
    System.Logger logger = System.getLogger("test");
    for (int i = 1; i <= 30; i++) {
      RequestNumber number = new RequestNumber("r" + i);
      logger.log(
          System.Logger.Level.INFO, "{0}: refused as {1}", number, i % 10 == 0 ? "FULL" : "BAD");
    }
    logger.log(System.Logger.Level.INFO, "{0}: {1} tokens", "r31", 7);
    logger.log(System.Logger.Level.INFO, "{0}: {1} tokens", "r32", 7);
    log.close();
    assertThat(Files.readAllLines(path).stream().map(line -> line.replaceFirst("^\\S+ ", "")))
        .containsExactly(
            "INFO r1: refused as BAD",
            "INFO r10: refused as FULL",
            "INFO r31: 7 tokens",
            "INFO r32: 7 tokens",
            "INFO r1: refused as BAD … repeated 26 times, last for r29",
            "INFO r10: refused as FULL … repeated 2 times, last for r30");
  }

  @Test
  void a_line_that_comes_again_much_later_is_written_again_after_its_count() {
    Repeats repeats = new Repeats();
    Instant start = Instant.EPOCH;
    Repeats.Line line = Repeats.Line.of("a");
    assertThat(repeats.of(line, start)).containsExactly("a");
    assertThat(repeats.of(line, start.plusSeconds(9))).isEmpty();
    assertThat(repeats.of(line, start.plusSeconds(10))).containsExactly("a … repeated 1 time", "a");
    assertThat(repeats.rest()).isEmpty();
  }

  @Test
  void what_the_transport_fails_with_takes_one_line_and_our_own_failures_keep_their_trace()
      throws IOException {
    Path path = directory.resolve("llm.log");
    LogFile log = LogFile.install(path);
    IllegalStateException failure = new IllegalStateException("framed wrongly");
    System.getLogger("io.grpc.internal.X").log(System.Logger.Level.ERROR, "failed", failure);
    assertThat(Files.readAllLines(path)).singleElement().asString().endsWith("framed wrongly");
    System.getLogger("dev.tsuku.X").log(System.Logger.Level.ERROR, "failed", failure);
    log.close();
    assertThat(Files.readAllLines(path)).anyMatch(line -> line.startsWith("\tat "));
  }

  @Test
  void a_log_goes_on_where_it_ended() throws IOException {
    Path path = directory.resolve("llm.log");
    Files.writeString(path, "before\n");
    LogFile log = LogFile.install(path);
    System.getLogger("test").log(System.Logger.Level.INFO, "after");
    log.close();
    assertThat(Files.readAllLines(path)).hasSize(2).first().isEqualTo("before");
  }

  private static void say(String text) {
    System.getLogger("test").log(System.Logger.Level.INFO, text);
  }

  @Test
  void a_log_that_was_removed_is_made_again_with_the_next_line() throws IOException {
    Path path = directory.resolve("llm.log");
    LogFile log = LogFile.install(path);
    say("one");
    Files.delete(path);
    say("two");
    log.close();
    assertThat(Files.readAllLines(path)).singleElement().asString().endsWith("two");
    assertThat(Files.getPosixFilePermissions(path))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void a_log_that_was_renamed_keeps_its_lines_and_a_new_one_begins() throws IOException {
    Path path = directory.resolve("llm.log");
    Path renamed = directory.resolve("kept");
    LogFile log = LogFile.install(path);
    say("one");
    Files.move(path, renamed);
    say("two");
    Files.move(path, directory.resolve("kept too"));
    say("three");
    log.close();
    assertThat(Files.readAllLines(renamed)).singleElement().asString().endsWith("one");
    assertThat(Files.readAllLines(path)).singleElement().asString().endsWith("three");
  }

  @Test
  void a_link_is_refused_at_the_start_and_later() throws IOException {
    Path path = directory.resolve("llm.log");
    Path precious = Files.writeString(directory.resolve("precious"), "");
    Files.createSymbolicLink(path, precious);
    assertThatThrownBy(() -> LogFile.install(path)).hasMessage("it is a symbolic link");
    Files.delete(path);
    LogFile log = LogFile.install(path);
    Files.delete(path);
    Files.createSymbolicLink(path, precious);
    say("secret");
    Files.delete(path);
    say("after");
    log.close();
    assertThat(precious).isEmptyFile();
    assertThat(Files.readAllLines(path)).singleElement().asString().endsWith("after");
  }

  @Test
  void another_users_file_is_refused() throws IOException {
    Path path = Files.writeString(directory.resolve("llm.log"), "");
    assumeTrue(PosixProcess.userId() == 0, "only root can give a file away");
    Files.setAttribute(path, "unix:uid", 65534);
    assertThatThrownBy(() -> LogFile.install(path)).hasMessageStartingWith("it belongs to user");
  }
}
