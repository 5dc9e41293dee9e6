package dev.tsuku.llm.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {

  @ParameterizedTest
  @CsvSource({
    "5m0s, 300000",
    "5m, 300000",
    "1m30s, 90000",
    "1h30m0s, 5400000",
    "1.5s, 1500",
    "500ms, 500",
    "10s, 10000",
    "0s, 0",
    "0, 0",
    "90, 90000",
    "2.5, 2500",
    "+3s, 3000",
    ".5s, 500",
    "1.s, 1000",
    "1000us, 1",
    "1h, 3600000",
    "0.1h, 360000",
    "0.000000000000000000000000001h, 0",
    "1.0000000000000000000000001s, 1000",
    "1µs999us, 1",
    "100000h, 360000000000"
  })
  void durations_are_read_as_go_reads_them(String text, long millis) {
    assertThat(GoDuration.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "5x",
        "m",
        "-5s",
        "5m-1s",
        "1e3",
        "5 m",
        "five",
        "s5",
        "9999999999h",
        "99999999999999999999",
        "2562047h48m",
        "++1s",
        "1s2",
        "1..5s",
        ".s",
        "."
      })
  void anything_else_is_refused_by_name(String text) {
    assertThatThrownBy(() -> GoDuration.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "5m0s", "1m30s", "1h0m0s", "1.5s", "0.5s", "2h30m10s"})
  void what_go_prints_is_printed_the_same(String text) {
    assertThat(GoDuration.format(GoDuration.parse(text))).isEqualTo(text);
  }
}
