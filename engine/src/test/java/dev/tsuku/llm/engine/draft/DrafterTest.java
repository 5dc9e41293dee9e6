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
    int[] draft = new Drafter(repeating()).draft(gate(1000, 10), 1, 4);
    assertThat(draft).startsWith(4, 5).hasSizeLessThanOrEqualTo(4);
  }

  @Test
  void what_was_repeated_goes_on_being_repeated() {
    TokenList tokens = new TokenList(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3);
    assertThat(new Drafter(tokens).draft(gate(1000, 1), 1, 7)).containsExactly(1, 2, 3, 1, 2, 3, 1);
  }

  @Test
  void where_a_token_costs_as_much_as_a_step_nothing_is_proposed() {
    assertThat(new Drafter(repeating()).draft(gate(0, 1000), 1, 16)).isEmpty();
  }

  @Test
  void the_likelier_the_longer() {
    DraftGate gate = gate(1000, 100);
    assertThat(gate.length(0.05, 1, 16)).isZero();
    assertThat(gate.length(0.5, 1, 16)).isBetween(1, 4);
    assertThat(gate.length(0.99, 1, 16)).isEqualTo(16);
  }

  @Test
  void before_anything_is_measured_little_is_proposed() {
    assertThat(new DraftGate().length(0.35, 1, 16)).isLessThanOrEqualTo(1);
    assertThat(new DraftGate().length(0.9, 1, 16)).isBetween(1, 8);
  }

  @Test
  void wrong_ones_end_it_and_right_ones_that_were_not_proposed_bring_it_back() {
    TokenList tokens = repeating();
    Drafter drafter = new Drafter(tokens);
    DraftGate gate = gate(1000, 150);
    int tries = 0;
    int length = drafter.draft(gate, 1, 16).length;
    while (length > 0 && tries < 100) {
      tries++;
      drafter.note(0, length);
      length = drafter.draft(gate, 1, 16).length;
    }
    assertThat(tries).isBetween(1, 20);
    int copied = 0;
    while (drafter.draft(gate, 1, 16).length == 0 && copied < 100) {
      tokens.add(4 + copied % 5);
      copied++;
    }
    assertThat(copied).isBetween(1, 12);
  }

  @Test
  void one_that_would_have_been_wrong_is_noticed_without_being_proposed() {
    TokenList tokens = new TokenList(1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3);
    Drafter drafter = new Drafter(tokens);
    DraftGate dear = gate(0, 1000);
    for (int i = 0; i < 20; i++) {
      assertThat(drafter.draft(dear, 1, 16)).isEmpty();
      for (int token : new int[] {100 + i, 1, 2, 3}) {
        tokens.add(token);
      }
    }
    // An estimate of one in twenty, where it began with one in three.
    assertThat(drafter.draft(gate(1000, 300), 1, 16)).isEmpty();
    assertThat(new Drafter(tokens).draft(gate(1000, 300), 1, 16)).isNotEmpty();
  }

  @Test
  void a_second_token_that_costs_much_does_not_hide_that_the_tenth_costs_little() {
    DraftGate gate = new DraftGate();
    double[] millis = {5.5, 9.5, 11.5, 13.6, 14.4, 16.6, 18.5, 20.3};
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < millis.length; i++) {
        gate.note(i + 1, (long) (millis[i] * 1e6));
      }
    }
    assertThat(gate.length(0.6, 1, 16)).isZero();
    assertThat(gate.length(0.95, 1, 16)).isBetween(8, 16);
    // Beside tokens that are computed anyway, the first one is as cheap as the others.
    assertThat(gate.length(0.6, 4, 16)).isBetween(1, 6);
  }

  @Test
  void what_was_measured_long_ago_counts_no_more() {
    DraftGate gate = new DraftGate();
    for (int count = 2; count <= 17; count++) {
      gate.note(count, 1_000_000_000L);
    }
    gate.note(1, 1000);
    assertThat(gate.length(0.99, 1, 16)).isZero();
    for (int i = 0; i < 600; i++) {
      gate.note(1, 1000);
    }
    assertThat(gate.length(0.99, 1, 16)).isPositive();
  }

  @Test
  void a_first_step_of_a_size_that_was_disturbed_ends_no_drafting() {
    DraftGate gate = new DraftGate();
    gate.note(1, 5_500_000);
    gate.note(9, 2_000_000_000L);
    for (int i = 0; i < 50; i++) {
      gate.note(1, 5_500_000);
    }
    assertThat(gate.length(0.98, 1, 16)).isGreaterThan(4);
  }

  @Test
  void one_step_that_was_disturbed_changes_little() {
    DraftGate gate = gate(1000, 100);
    int before = gate.length(0.8, 1, 16);
    gate.note(1, 1_000_000);
    assertThat(gate.length(0.8, 1, 16)).isBetween(before, before + 2);
  }
}
