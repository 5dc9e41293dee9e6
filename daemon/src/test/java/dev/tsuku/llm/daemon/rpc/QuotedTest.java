package dev.tsuku.llm.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.protocol.Reason;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuotedTest {

  @Test
  void up_to_80_characters_are_quoted_whole_and_more_are_cut() {
    assertThat(Quoted.text("a".repeat(80))).isEqualTo("'" + "a".repeat(80) + "'");
    assertThat(Quoted.text("a".repeat(81))).isEqualTo("'" + "a".repeat(79) + "…'");
    assertThat(Quoted.text("a\nb\u0000c")).isEqualTo("'a b c'");
  }

  @Test
  void no_character_is_cut_in_two() {
    String cut = Quoted.text("a".repeat(78) + "😀" + "b".repeat(9));
    assertThat(cut).isEqualTo("'" + "a".repeat(78) + "…'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "ü", "語", "😀"})
  void a_status_has_at_most_1024_bytes(String text) {
    String sentence =
        String.valueOf(
            StatusMapper.refused(Reason.MODEL_MISSING, text.repeat(3000))
                .getStatus()
                .getDescription());
    assertThat(sentence.getBytes(StandardCharsets.UTF_8).length).isBetween(1017, 1024);
    assertThat(sentence).endsWith("…").doesNotContain("\ufffd");
    assertThat(new String(sentence.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .isEqualTo(sentence);
  }

  @Test
  void long_words_of_a_client_are_cut_and_long_paths_of_the_daemon_are_not() {
    String word = "/" + "p".repeat(200);
    assertThat(StatusMapper.refused(Reason.UNSUPPORTED, "at " + word + ": no").getStatus())
        .extracting(status -> String.valueOf(status.getDescription()))
        .isEqualTo("at " + word.substring(0, 79) + "… no");
    assertThat(StatusMapper.refused(Reason.MODEL_MISSING, "in " + word).getStatus())
        .extracting(status -> String.valueOf(status.getDescription()))
        .isEqualTo("in " + word);
  }

  @Test
  void what_a_status_quotes_is_cut_wherever_it_comes_from() {
    assertThat(Quoted.sentence("No model is called '" + "m".repeat(500) + "'. Choose another."))
        .isEqualTo("No model is called '" + "m".repeat(79) + "…'. Choose another.");
    assertThat(Quoted.sentence("'a' and 'b'")).isEqualTo("'a' and 'b'");
  }
}
