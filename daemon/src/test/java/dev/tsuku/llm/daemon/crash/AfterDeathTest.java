package dev.tsuku.llm.daemon.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.daemon.crash.RunMarker.Run;
import dev.tsuku.llm.daemon.crash.RunMarker.Work;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AfterDeathTest {

  private static LastRun death(int contextTokens, int deaths) {
    return new LastRun(run(contextTokens, deaths), true);
  }

  private static Run run(int contextTokens, int deaths) {
    return new Run(Path.of("/m.gguf"), contextTokens, deaths, 17, 0, Work.DECODING);
  }

  @Test
  void the_model_gets_half_the_room_and_the_user_hears_why() {
    AfterDeath after = AfterDeath.of(death(32_768, 1), 32_768, false);
    assertThat(after.contextTokens()).isEqualTo(16_384);
    assertThat(after.sentence())
        .contains("pid 17", "/m.gguf", "32,768", "memory", "This one uses 16,384", "32,768 again");
  }

  @Test
  void each_death_halves_it_again_down_to_what_a_usual_prompt_needs() {
    assertThat(AfterDeath.of(death(16_384, 2), 32_768, false).contextTokens()).isEqualTo(8192);
    assertThat(AfterDeath.of(death(5000, 2), 32_768, false).contextTokens()).isEqualTo(4096);
    assertThat(AfterDeath.of(death(2500, 2), 32_768, false).contextTokens()).isEqualTo(2500);
    assertThat(AfterDeath.of(death(4096, 2), 32_768, false).sentence()).contains("2 have");
  }

  @Test
  void an_end_that_does_not_count_changes_nothing_of_what_counted_before() {
    AfterDeath after = AfterDeath.of(new LastRun(run(8192, 1), false), 32_768, false);
    assertThat(after.contextTokens()).isEqualTo(8192);
    assertThat(after.sentence()).contains("none has answered a prompt since");
  }

  @Test
  void a_model_with_little_room_keeps_it() {
    AfterDeath after = AfterDeath.of(death(512, 1), 512, false);
    assertThat(after.contextTokens()).isEqualTo(512);
    assertThat(after.sentence()).contains("as small as is of use");
  }

  @Test
  void what_the_user_set_holds() {
    AfterDeath after = AfterDeath.of(death(8192, 1), 8192, true);
    assertThat(after.contextTokens()).isEqualTo(8192);
    assertThat(after.sentence()).contains("set a smaller one");
  }

  @Test
  void after_three_in_a_row_something_else_is_wrong() {
    assertThat(AfterDeath.of(death(4096, 3), 32_768, false).sentence())
        .contains("3 have", "another model", "TSUKU_LLM_BACKEND=cpu");
  }
}
