package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a start that fails says, with which status it ends, and what its log holds. */
@Timeout(180)
class FailedStartTest {

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();
  private Path home = Path.of("");

  @BeforeEach
  void makeHome() throws IOException {
    home = Files.createDirectory(directory.resolve("h"));
  }

  /** A command line of a shell, in which {@code "$@"} is the program. */
  private TsukuCommand shell(String line) {
    return TsukuCommand.in(home).through("sh", "-c", line, "sh");
  }

  private static void assertRefused(Result result, int status, String... words) {
    assertThat(result.err().lines()).singleElement().asString().startsWith("tsuku-llm: ");
    assertThat(result.err()).contains(words).doesNotContain("java", "Exception");
    assertThat(result.out()).isEmpty();
    assertThat(result.status()).isEqualTo(status);
  }

  @Test
  void bad_settings_end_every_command_with_the_same_status() {
    for (String command : List.of("serve", "complete Hi")) {
      String[] arguments = command.split(" ");
      assertRefused(
          TsukuCommand.in(home).with("TSUKU_LLM_CONTEXT", "abc").run(arguments), 2, "'abc'");
      assertRefused(
          TsukuCommand.in(home).with("TSUKU_LLM_CHAT_TEMPLATE", "/no/where").run(arguments),
          2,
          "/no/where");
    }
  }

  @Test
  void what_a_failed_start_says_does_not_get_lost_between_other_lines_of_a_file()
      throws IOException {
    Files.createDirectory(home.resolve("llm.log"));
    Path err = directory.resolve("err");
    Result result = shell("(echo first >&2; \"$@\"; echo last >&2) 2>" + err).run("serve");
    assertThat(result.status()).isZero();
    assertThat(Files.readAllLines(err)).hasSize(3).startsWith("first").endsWith("last");
    assertThat(Files.readAllLines(err).get(1))
        .startsWith("tsuku-llm: Cannot write the log " + home.resolve("llm.log"));
  }

  @Test
  void a_foreseen_end_of_a_start_is_one_line_of_the_log_without_names_of_classes()
      throws IOException {
    Files.createSymbolicLink(home.resolve("llm.sock.lock"), Path.of("nowhere"));
    assertThat(TsukuCommand.in(home).run("serve").status()).isEqualTo(1);
    assertThat(Files.readString(home.resolve("llm.log")))
        .contains("SEVERE", "symbolic link")
        .doesNotContain("\tat ", "Exception");
  }

  @Test
  void the_end_of_a_daemon_is_the_last_line_of_its_log() {
    try (RunningDaemon daemon = RunningDaemon.serve(TsukuCommand.in(home), home)) {
      for (int time = 0; time < 3; time++) {
        assertThat(TsukuCommand.in(home).run("complete", "Hi").status()).isEqualTo(1);
      }
      assertThat(TsukuCommand.in(home).run("stop").status()).isZero();
      assertThat(daemon.log())
          .contains("INFO r1: refused or ended as ")
          .contains(" … repeated 2 times, last for r3\n");
      assertThat(daemon.log().lines().toList()).last().asString().contains("stopped in ");
    }
  }
}
