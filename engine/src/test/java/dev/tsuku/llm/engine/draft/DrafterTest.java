package dev.tsuku.llm.engine.draft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.prefix.TokenList;
import org.junit.jupiter.api.Test;

class DrafterTest {

  private static DraftGate gate(long step, long token) {
    DraftGate gate = new DraftGate();
    for (int i = 0; i < 50; i++) {
      int count = 1 + i % 4;
      gate.note(count, step + token * count);
    }
    return gate;
  }

  private static TokenList repeating() {
    return new TokenList(1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3);
  }

  @Test
  void what_followed_before_is_proposed() {
    int[] draft = new Drafter(repeating()).draft(gate(1000, 10), 4);
    assertThat(draft).startsWith(4, 5).hasSizeLessThanOrEqualTo(4);
  }

  @Test
  void what_was_repeated_goes_on_being_repeated() {
    TokenList tokens = new TokenList(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3);
    assertThat(new Drafter(tokens).draft(gate(1000, 1), 7)).containsExactly(1, 2, 3, 1, 2, 3, 1);
  }

  @Test
  void where_a_token_costs_as_much_as_a_step_nothing_is_proposed() {
    assertThat(new Drafter(repeating()).draft(gate(0, 1000), 16)).isEmpty();
  }

  @Test
  void the_likelier_the_longer() {
    DraftGate gate = gate(1000, 100);
    assertThat(gate.length(0.05, 16)).isZero();
    assertThat(gate.length(0.5, 16)).isBetween(1, 4);
    assertThat(gate.length(0.99, 16)).isEqualTo(16);
  }

  @Test
  void before_anything_is_measured_little_is_proposed() {
    assertThat(new DraftGate().length(0.35, 16)).isLessThanOrEqualTo(1);
    assertThat(new DraftGate().length(0.9, 16)).isBetween(1, 8);
  }

  @Test
  void wrong_guesses_end_it_and_time_brings_it_back() {
    Drafter drafter = new Drafter(repeating());
    DraftGate gate = gate(1000, 150);
    int tries = 0;
    int length = drafter.draft(gate, 16).length;
    while (length > 0 && tries < 100) {
      tries++;
      drafter.note(0, length);
      length = drafter.draft(gate, 16).length;
    }
    assertThat(tries).isBetween(1, 20);
    int pause = 0;
    while (drafter.draft(gate, 16).length == 0) {
      pause++;
    }
    assertThat(pause).isBetween(2, 500);
  }
}
