package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Input that is too large, closed or not where it seems to be is refused in a true sentence. */
@Timeout(180)
class OddInputTest {

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "complete --schema /dev/zero Hi",
        "complete --tools /dev/zero Hi",
        "complete --chat-template /dev/zero Hi",
        "extract /dev/zero",
        "schema check /dev/zero"
      })
  void no_more_is_read_of_a_file_than_a_request_may_have(String arguments) {
    assertRefused(
        TsukuCommand.in(home).run(arguments.split(" ")),
        1,
        "/dev/zero has more than 16777216 bytes",
        "may have 16777216 bytes",
        "Give a shorter one.");
    assertThat(home).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"complete -", "extract -"})
  void no_more_is_read_of_standard_input(String arguments) {
    Result result = shell("yes | head -c 100000000 | \"$@\"").run(arguments.split(" "));
    assertRefused(result, 1, "Standard input has more than 16777216 bytes", "16 MiB");
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void a_large_file_is_refused_with_its_size() throws IOException {
    Path large = Files.write(directory.resolve("l.json"), new byte[20 << 20]);
    assertRefused(
        TsukuCommand.in(home).run("complete", "--schema", large.toString(), "Hi"),
        1,
        large + " has 20971520 bytes");
  }

  @Test
  void closed_standard_input_is_said_to_be_closed() {
    assertRefused(shell("\"$@\" <&-").run("complete", "-"), 1, "Standard input", "it is closed");
    assertRefused(shell("\"$@\" <&-").run("extract", "-"), 1, "Standard input", "it is closed");
    assertThat(shell("\"$@\" <&-").run("serve", "--idle-timeout", "300ms"))
        .isEqualTo(new Result(0, "", ""));
  }

  @Test
  void a_link_to_nothing_is_said_to_be_one() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("m.gguf"), Path.of("nowhere"));
    String sentence = link + " is a link to nowhere, which does not exist.";
    for (String option : List.of("--schema", "--tools", "--chat-template", "--model")) {
      assertRefused(
          TsukuCommand.in(home).run("complete", option, link.toString(), "Hi"), 1, sentence);
    }
    assertRefused(
        TsukuCommand.in(home).run("serve", "--chat-template", link.toString()),
        2,
        link + " is a link to nowhere, which does not exist");
  }

  @Test
  void from_a_directory_that_java_cannot_name_relative_paths_are_not_called_missing()
      throws IOException {
    Files.writeString(directory.resolve("s.json"), "{}");
    String there = "cd " + directory.path() + " && d=$(printf 'd\\377') && mkdir -p \"$d\"";
    String within = there + " && cd \"$d\" && exec \"$@\"";
    assumeTrue(shell(within).run("--version").status() == 0, "this file system takes UTF-8 only");
    for (String option : List.of("--schema", "--tools", "--chat-template", "--model")) {
      assertRefused(
          shell(within).run("complete", option, "../s.json", "Hi"), 1, "'../s.json'", "not UTF-8");
    }
    assertRefused(
        shell(within).run("serve", "--chat-template", "../s.json"), 1, "'../s.json'", "not UTF-8");
    assertThat(
            shell(within).run("schema", "check", directory.resolve("s.json").toString()).status())
        .isZero();
  }

  @Test
  void a_model_whose_name_cannot_be_typed_is_not_offered() throws IOException {
    Path models = Files.createDirectory(home.resolve("models"));
    String make = "touch " + models + "/ok.gguf \"" + models + "/$(printf 'a\\377').gguf\"";
    assumeTrue(
        shell(make + " && \"$@\"").run("--version").status() == 0,
        "this file system takes UTF-8 only");
    assertRefused(
        TsukuCommand.in(home).run("complete", "--model", "no", "Hi"), 1, "these are: ok.");
    assertThat(TsukuCommand.in(home).run("stop").status()).isZero();
  }
}
