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
      System.getLogger("test").log(System.Logger.Level.INFO, line);
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
