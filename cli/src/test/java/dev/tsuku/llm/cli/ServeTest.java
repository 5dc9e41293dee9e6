package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServeTest {

  @Test
  void the_ways_in_which_programs_start_the_daemon_are_read_by_hand() {
    assertThat(Serve.plain()).contains(new Serve.Plain(Optional.empty()));
    assertThat(Serve.plain("serve")).contains(new Serve.Plain(Optional.empty()));
    assertThat(Serve.plain("serve", "--idle-timeout", "5m0s"))
        .contains(new Serve.Plain(Optional.of("5m0s")));
    assertThat(Serve.plain("serve", "--idle-timeout=soon"))
        .contains(new Serve.Plain(Optional.of("soon")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve --help",
        "serve --idle-timeout",
        "serve --idle-timeout --help",
        "serve --idle-timeout 5m --help",
        "serve 5m",
        "serve --idle-timeouts=5m"
      })
  void everything_else_is_left_to_the_general_way(String line) {
    assertThat(Serve.plain(line.split(" "))).isEmpty();
  }
}
