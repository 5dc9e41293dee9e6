package dev.tsuku.llm.daemon.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private Settings read(Optional<String> flag, String... variables) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TSUKU_HOME", home.path().toString());
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return new SettingsReader(environment).read(flag);
  }

  private void config(String toml) throws IOException {
    Files.writeString(home.resolve("config.toml"), toml);
  }

  @Test
  void without_a_word_there_are_defaults() {
    Settings settings = read(Optional.empty());
    assertThat(settings.idleTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.model()).isEmpty();
    assertThat(settings.backend()).isEmpty();
    assertThat(settings.library()).isEmpty();
    assertThat(settings.threads()).isEmpty();
    assertThat(settings.preload()).isTrue();
  }

  @Test
  void the_flag_wins_over_the_variable_and_that_over_the_file() throws IOException {
    config("[llm]\nidle_timeout = \"3m\"\nlocal_model = \"from-file\"\nlocal_backend = \"CPU\"");
    assertThat(read(Optional.empty()).idleTimeout()).isEqualTo(Duration.ofMinutes(3));
    assertThat(read(Optional.empty()).model()).contains("from-file");
    assertThat(read(Optional.empty()).backend()).contains(BackendKind.CPU);
    assertThat(read(Optional.empty(), "TSUKU_LLM_IDLE_TIMEOUT", "2m").idleTimeout())
        .isEqualTo(Duration.ofMinutes(2));
    assertThat(read(Optional.of("1m"), "TSUKU_LLM_IDLE_TIMEOUT", "2m").idleTimeout())
        .isEqualTo(Duration.ofMinutes(1));
    assertThat(read(Optional.empty(), "TSUKU_LLM_MODEL", "from-env").model()).contains("from-env");
    assertThat(read(Optional.empty(), "TSUKU_LLM_BACKEND", "Vulkan").backend())
        .contains(BackendKind.VULKAN);
  }

  @Test
  void an_empty_variable_is_none() throws IOException {
    config("[llm]\nidle_timeout = \"3m\"\nlocal_model = \"\"");
    Settings settings =
        read(
            Optional.empty(),
            "TSUKU_LLM_IDLE_TIMEOUT",
            "",
            "TSUKU_LLM_MODEL",
            "",
            "TSUKU_LLM_BACKEND",
            "",
            "TSUKU_LLM_LIBRARY_PATH",
            "");
    assertThat(settings.idleTimeout()).isEqualTo(Duration.ofMinutes(3));
    assertThat(settings.model()).isEmpty();
    assertThat(settings.backend()).isEmpty();
    assertThat(settings.library()).isEmpty();
  }

  @Test
  void a_number_in_the_file_is_seconds_and_preloading_can_be_switched_off() throws IOException {
    config("other = 1\n[llm]\nidle_timeout = 90\nlocal_preemptive = false\nlocal_enabled = true");
    assertThat(read(Optional.empty()).idleTimeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(read(Optional.empty()).preload()).isFalse();
  }

  @Test
  void an_own_build_is_named_by_its_directory() {
    assertThat(read(Optional.empty(), "TSUKU_LLM_LIBRARY_PATH", "/opt/llama").library())
        .contains(Path.of("/opt/llama"));
  }

  @ParameterizedTest
  @CsvSource({
    "TSUKU_LLM_IDLE_TIMEOUT, 5x, 1m30s",
    "TSUKU_LLM_BACKEND, opencl, vulkan",
    "TSUKU_LLM_THREADS, 0, from 1",
    "TSUKU_LLM_THREADS, many, from 1"
  })
  void a_bad_value_is_named_with_its_source_and_a_good_one(
      String variable, String value, String good) {
    assertThatThrownBy(() -> read(Optional.empty(), variable, value))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(variable)
        .hasMessageContaining("'" + value + "'")
        .hasMessageContaining(good);
  }

  @Test
  void a_bad_flag_is_named() {
    assertThatThrownBy(() -> read(Optional.of("soon")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("--idle-timeout")
        .hasMessageContaining("'soon'");
  }

  @Test
  void a_bad_file_is_named_with_the_line() throws IOException {
    config("[llm]\nlocal_model = 7 8");
    assertThatThrownBy(() -> read(Optional.empty()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("config.toml")
        .hasMessageContaining("line 2");
    config("[llm]\n\nlocal_preemptive = \"yes\"");
    assertThatThrownBy(() -> read(Optional.empty()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("line 3")
        .hasMessageContaining("true or false");
    config("llm = 3");
    assertThatThrownBy(() -> read(Optional.empty())).hasMessageContaining("[llm]");
  }
}
