package dev.tsuku.llm.daemon.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnknownKeyTest {

  @ParameterizedTest
  @CsvSource({
    "idle_timout, idle_timeout",
    "idle-timeout, idle_timeout",
    "IdleTimeout, idle_timeout",
    "idle_timeotu, idle_timeout",
    "idle_timeouts, idle_timeout",
    "local_backed, local_backend",
    "loacl_model, local_model",
    "LOCAL_MODEL, local_model",
    "local_enable, local_enabled",
    "local_preemtive, local_preemptive"
  })
  void a_slip_leads_to_the_key_that_was_meant(String written, String meant) {
    assertThat(new UnknownKey(written, 1).suggestion()).contains(meant);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "model", "local", "local_dir", "backend", "timeout", "daily_budget"})
  void another_word_is_nobodys_slip(String written) {
    assertThat(new UnknownKey(written, 1).suggestion()).isEmpty();
  }

  @Test
  void a_very_long_key_is_no_slip_and_no_trouble() {
    assertThat(new UnknownKey("local_model".repeat(100_000), 1).suggestion()).isEmpty();
  }

  @Test
  void a_key_is_one_line() {
    assertThat(new UnknownKey("a\nb\u2028c", 1).name()).isEqualTo("a b c");
  }
}
