package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTreeTest {

  @TempDir Path home = Path.of("");
  private RecordedTerminal terminal = new RecordedTerminal(home);

  @BeforeEach
  void newTerminal() {
    terminal = new RecordedTerminal(home);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void the_version_is_the_projects(String option) {
    assertThat(terminal.run(option)).isZero();
    assertThat(terminal.out()).isEqualTo("tsuku-llm " + System.getProperty("tsuku.version") + "\n");
    assertThat(terminal.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h"})
  void help_names_every_command(String option) {
    assertThat(terminal.run(option)).isZero();
    assertThat(terminal.out())
        .contains(
            "serve",
            "complete",
            "status",
            "metrics",
            "stop",
            "config",
            "cache",
            "schema",
            "TSUKU_HOME",
            "-h, --help")
        .doesNotContain("${");
    assertThat(terminal.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"serve", "complete", "status", "metrics", "stop", "config", "cache", "schema"})
  void every_command_has_help_and_the_version(String command) {
    assertThat(terminal.run(command, "--help")).isZero();
    assertThat(terminal.out()).contains("Usage: tsuku-llm " + command);
    assertThat(terminal.run(command, "--version")).isZero();
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void an_unknown_option_is_named_in_one_line_with_where_to_look() {
    assertThat(terminal.run("complete", "--colour", "hello")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("tsuku-llm: There is no option '--colour'. See 'tsuku-llm complete --help'.\n");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void an_unknown_command_is_named() {
    assertThat(terminal.run("compleat")).isEqualTo(2);
    assertThat(terminal.err())
        .startsWith("tsuku-llm: There is no command 'compleat'.")
        .endsWith("See 'tsuku-llm --help'.\n")
        .hasLineCount(1);
  }

  @Test
  void a_prompt_of_several_words_without_quotes_is_misuse() {
    assertThat(terminal.run("complete", "name", "colours")).isEqualTo(2);
    assertThat(terminal.err()).contains("'colours'").contains("quotes").hasLineCount(1);
  }

  @Test
  void an_option_without_its_value_is_misuse() {
    assertThat(terminal.run("complete", "hello", "--system")).isEqualTo(2);
    assertThat(terminal.err()).contains("--system").hasLineCount(1);
  }

  @Test
  void an_option_given_twice_is_misuse() {
    assertThat(terminal.run("complete", "--system", "a", "--system", "b", "hello")).isEqualTo(2);
    assertThat(terminal.err()).contains("--system").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "ten", "1.5", "", "99999999999"})
  void a_token_limit_that_is_none_is_named(String value) {
    assertThat(terminal.run("complete", "--max-tokens", value, "hello")).isEqualTo(2);
    assertThat(terminal.err()).contains("--max-tokens").contains("'" + value + "'").hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --temperature|warm|--temperature takes a number 0 to 10, not 'warm'.
          --temperature|11|--temperature takes a number 0 to 10, not '11'.
          --temperature|NaN|--temperature takes a number 0 to 10, not 'NaN'.
          --repetition-penalty|0|--repetition-penalty takes a number above 0, at most 10, not '0'.
          --top-p|0.5|--top-p has no effect without --temperature above 0
          --seed|1|--seed has no effect without --temperature above 0
          --stop|''|--stop takes a text of 1 to 256 characters, not of 0.
          """)
  void a_way_to_choose_tokens_that_is_none_is_named(String option, String value, String sentence) {
    assertThat(terminal.run("complete", option, value, "hello")).isEqualTo(2);
    assertThat(terminal.err()).contains(sentence);
  }

  @ParameterizedTest
  @CsvSource({"--top-p,0", "--top-p,1.5", "--top-k,-1", "--top-k,many", "--min-p,1", "--seed,x"})
  void what_is_drawn_from_must_be_something(String option, String value) {
    assertThat(terminal.run("complete", "--temperature", "1", option, value, "hello")).isEqualTo(2);
    assertThat(terminal.err()).contains(option + " takes a ", "not '" + value + "'.");
  }

  @Test
  void a_missing_prompt_is_misuse() {
    assertThat(terminal.run("complete")).isEqualTo(2);
    assertThat(terminal.err()).contains("no prompt").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  "})
  void an_empty_prompt_is_misuse(String prompt) {
    assertThat(terminal.run("complete", prompt)).isEqualTo(2);
    assertThat(terminal.err()).contains("The prompt is empty.").hasLineCount(1);
  }

  @Test
  void empty_standard_input_is_misuse() {
    assertThat(terminal.run("complete", "-")).isEqualTo(2);
    assertThat(terminal.err()).contains("Standard input").hasLineCount(1);
  }

  @Test
  void standard_input_that_is_not_utf8_is_refused() {
    assertThat(terminal.run("h\u00e9".getBytes(StandardCharsets.ISO_8859_1), "complete", "-"))
        .isEqualTo(1);
    assertThat(terminal.err()).contains("UTF-8").hasLineCount(1);
  }

  @Test
  void a_model_file_that_does_not_exist_is_named() {
    assertThat(terminal.run("complete", "--model", "no/such.gguf", "hello")).isEqualTo(1);
    assertThat(terminal.err())
        .startsWith("tsuku-llm: There is no model file " + Path.of("no/such.gguf").toAbsolutePath())
        .hasLineCount(1);
  }

  @Test
  void status_says_that_nothing_runs_and_starts_nothing() {
    assertThat(terminal.run("status")).isEqualTo(1);
    assertThat(terminal.out()).startsWith("No daemon is running in " + home).hasLineCount(1);
    assertThat(terminal.err()).isEmpty();
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void status_tells_programs_that_nothing_runs() {
    assertThat(terminal.run("status", "--json")).isEqualTo(1);
    assertThat(terminal.out()).isEqualTo("{\"running\":false}\n");
  }

  @Test
  void metrics_of_what_does_not_run_are_none() {
    assertThat(terminal.run("metrics")).isEqualTo(1);
    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err()).contains("No daemon is running in ");
  }

  @Test
  void stopping_what_does_not_run_is_no_failure() {
    assertThat(terminal.run("stop")).isZero();
    assertThat(terminal.out()).isEqualTo("No daemon is running in " + home + ".\n");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void a_home_too_deep_for_a_socket_is_told_in_a_sentence() {
    terminal = new RecordedTerminal(home.resolve("x".repeat(120)));
    assertThat(terminal.run("status")).isEqualTo(1);
    assertThat(terminal.err()).startsWith("tsuku-llm: ").contains("107").hasLineCount(1);
  }
}
