package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {

  @TempDir Path home = Path.of("");
  private RecordedTerminal terminal = new RecordedTerminal(home);

  @BeforeEach
  void newTerminal() {
    terminal = new RecordedTerminal(home);
  }

  private void config(String toml) throws IOException {
    Files.writeString(home.resolve("config.toml"), toml);
  }

  @Test
  void every_setting_is_shown_and_nothing_is_started() {
    assertThat(terminal.run("config")).isZero();
    String wide = home.toString();
    String format = "%-22s  %-" + Math.max(wide.length(), 29) + "s  %s%n";
    assertThat(terminal.out())
        .isEqualTo(
            format.formatted("setting", "value", "from")
                + format.formatted("TSUKU_HOME", wide, "TSUKU_HOME")
                + format.formatted("local_enabled", "true", "default")
                + format.formatted("local_preemptive", "true", "default")
                + format.formatted("local_model", "(the newest in models/)", "default")
                + format.formatted("local_backend", "(the best there is)", "default")
                + format.formatted("idle_timeout", "5m0s", "default")
                + format.formatted("chat_template", "(the one in the model's file)", "default")
                + format.formatted("context_tokens", "(what fits the memory)", "default")
                + format.formatted("sequences", "(what fits the context)", "default")
                + format.formatted("kv_cache_type", "(f16 where it fits)", "default")
                + format.formatted("cache_mib", "2048", "default")
                + format.formatted("TSUKU_LLM_THREADS", "(one for each free core)", "default")
                + format.formatted("TSUKU_LLM_LIBRARY_PATH", "(the one that came along)", "default")
                + "\nsocket       "
                + home.resolve("llm.sock")
                + "\nconfig file  "
                + home.resolve("config.toml")
                + " (does not exist)\n");
    assertThat(terminal.err()).isEmpty();
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void who_said_what_is_shown() throws IOException {
    config("[llm]\n\nlocal_backend = 'CPU'\nidle_timeout = 7\nprovider = 'x'\nlocal_modle = 'y'\n");
    terminal = new RecordedTerminal(home, Map.of("TSUKU_LLM_MODEL", "qwen"));
    assertThat(terminal.run("config", "--idle-timeout", "90")).isZero();
    assertThat(terminal.out())
        .containsPattern("local_model +qwen +TSUKU_LLM_MODEL\n")
        .containsPattern("local_backend +cpu +config.toml line 3\n")
        .containsPattern("idle_timeout +1m30s +--idle-timeout\n")
        .contains("\n  provider, line 5\n", "\n  local_modle, line 6; did you mean local_model?\n")
        .doesNotContain("does not exist", "Problems");
  }

  @Test
  void problems_are_shown_all_together_and_are_a_failure() throws IOException {
    config("[llm]\nlocal_backend = 'cuba'\nx = = 3\n");
    assertThat(terminal.run("config", "--idle-timeout=soon")).isEqualTo(2);
    assertThat(terminal.out())
        .containsPattern("local_backend +\\(bad\\) +config.toml line 2\n")
        .containsPattern("idle_timeout +\\(bad\\) +--idle-timeout\n")
        .contains(
            "\n  " + home.resolve("config.toml") + ", line 2, local_backend: 'cuba'",
            "\n  " + home.resolve("config.toml") + ", line 3, column 5: ",
            "\n  --idle-timeout: 'soon'");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void switched_off_is_said_and_no_mistake() throws IOException {
    config("[llm]\nlocal_enabled = false\n");
    assertThat(terminal.run("config")).isZero();
    assertThat(terminal.out()).contains("switched off at " + home.resolve("config.toml, line 2"));
  }

  @Test
  void programs_get_an_object() throws IOException {
    config("[llm]\nlocal_enabled = false\nidle_timeout = 'soon'\nidle_timout = 1\nother = 2\n");
    terminal = new RecordedTerminal(home, Map.of("TSUKU_LLM_THREADS", "3"));
    assertThat(terminal.run("config", "--json")).isEqualTo(2);
    assertThat(terminal.out())
        .hasLineCount(1)
        .isEqualTo(
            """
            {"valid":false,"home":"HOME","socket":"HOME/llm.sock",\
            "config_file":"HOME/config.toml","config_file_exists":true,"settings":{\
            "TSUKU_HOME":{"value":"HOME","source":"TSUKU_HOME","valid":true},\
            "local_enabled":{"value":false,"source":"config.toml line 2","valid":true},\
            "local_preemptive":{"value":true,"source":"default","valid":true},\
            "local_model":{"value":null,"source":"default","valid":true},\
            "local_backend":{"value":null,"source":"default","valid":true},\
            "idle_timeout":{"value":null,"source":"config.toml line 3","valid":false},\
            "chat_template":{"value":null,"source":"default","valid":true},\
            "context_tokens":{"value":null,"source":"default","valid":true},\
            "sequences":{"value":null,"source":"default","valid":true},\
            "kv_cache_type":{"value":null,"source":"default","valid":true},\
            "cache_mib":{"value":2048,"source":"default","valid":true},\
            "TSUKU_LLM_THREADS":{"value":3,"source":"TSUKU_LLM_THREADS","valid":true},\
            "TSUKU_LLM_LIBRARY_PATH":{"value":null,"source":"default","valid":true}},\
            "problems":[{"place":"HOME/config.toml, line 3, idle_timeout","message":\
            "'soon' is not a duration. Write one like 5m, 1m30s, 500ms or 90 (seconds)."}],\
            "overridden":[],\
            "unknown_keys":[{"key":"idle_timout","line":4,"suggestion":"idle_timeout"},\
            {"key":"other","line":5}]}
            """
                .replace("HOME/", home + "/")
                .replace("\"HOME\"", "\"" + home + "\""));
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void a_home_too_deep_for_a_socket_is_shown_as_a_problem() {
    terminal = new RecordedTerminal(home.resolve("x".repeat(120)));
    assertThat(terminal.run("config")).isEqualTo(2);
    assertThat(terminal.out()).contains("x (bad)  TSUKU_HOME", "107", "103");
  }

  @Test
  void an_argument_too_many_is_misuse() {
    assertThat(terminal.run("config", "local_model")).isEqualTo(2);
    assertThat(terminal.err()).contains("'local_model'").hasLineCount(1);
    assertThat(terminal.out()).isEmpty();
  }
}
