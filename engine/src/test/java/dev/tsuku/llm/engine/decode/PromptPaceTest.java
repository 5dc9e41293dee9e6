package dev.tsuku.llm.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromptPaceTest {

  private final PromptPace pace = new PromptPace();

  @Test
  void a_step_takes_about_half_a_second_whatever_a_token_costs() {
    assertThat(pace.tokens()).as("nothing is known yet").isEqualTo(128);
    pace.note(128, 640_000_000);
    assertThat(pace.tokens()).isEqualTo(100);
    for (int i = 0; i < 20; i++) {
      pace.note(100, 100_000_000);
    }
    assertThat(pace.tokens()).isBetween(499, 501);
  }

  @Test
  void a_step_is_never_so_short_that_reading_gets_inefficient() {
    pace.note(128, 60_000_000_000L);
    assertThat(pace.tokens()).isEqualTo(PromptPace.LEAST);
  }

  @Test
  void a_clock_that_stands_still_breaks_nothing() {
    pace.note(128, 0);
    assertThat(pace.tokens()).isPositive();
  }
}
