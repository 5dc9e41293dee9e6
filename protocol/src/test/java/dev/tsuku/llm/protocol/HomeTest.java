package dev.tsuku.llm.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HomeTest {

  @Test
  void an_unset_or_empty_variable_means_the_users_own_directory() {
    Path expected = Path.of(System.getProperty("user.home"), ".tsuku");
    assertThat(Home.of(Map.of()).directory()).isEqualTo(expected);
    assertThat(Home.of(Map.of("TSUKU_HOME", "", "HOME", "")).directory()).isEqualTo(expected);
  }

  @Test
  void the_users_own_directory_is_where_the_environment_says() {
    assertThat(Home.of(Map.of("HOME", "/somewhere")).directory())
        .isEqualTo(Path.of("/somewhere/.tsuku"));
  }

  @Test
  void everything_lies_in_the_named_directory() {
    Home home = Home.of(Map.of("TSUKU_HOME", "/h"));
    assertThat(home.socket()).isEqualTo(Path.of("/h/llm.sock"));
    assertThat(home.lock()).isEqualTo(Path.of("/h/llm.sock.lock"));
    assertThat(home.models()).isEqualTo(Path.of("/h/models"));
    assertThat(home.config()).isEqualTo(Path.of("/h/config.toml"));
    assertThat(home.log()).isEqualTo(Path.of("/h/llm.log"));
  }

  @Test
  void a_relative_directory_is_made_absolute() {
    assertThat(Home.of(Map.of("TSUKU_HOME", "x/../y")).directory())
        .isEqualTo(Path.of("y").toAbsolutePath());
  }

  @Test
  void a_socket_path_that_does_not_fit_is_refused_with_both_limits() {
    Home longest = new Home(Path.of("/" + "x".repeat(90)));
    assertThatCode(longest::requireSocketPathFits).doesNotThrowAnyException();
    Home tooLong = new Home(Path.of("/" + "x".repeat(120)));
    assertThatThrownBy(tooLong::requireSocketPathFits)
        .hasMessageContaining("107")
        .hasMessageContaining("103")
        .hasMessageContaining("TSUKU_HOME");
  }
}
