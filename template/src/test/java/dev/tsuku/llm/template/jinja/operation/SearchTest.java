package dev.tsuku.llm.template.jinja.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Limits;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SearchTest {

  private final Budget budget = new Budget(new Limits(Long.MAX_VALUE, Long.MAX_VALUE, 1));

  @Test
  void it_finds_what_java_finds() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      String all = text(random, random.nextInt(120));
      String part =
          random.nextBoolean() && !all.isEmpty()
              ? all.substring(random.nextInt(all.length()))
              : text(random, random.nextInt(60));
      part = part.substring(0, random.nextInt(part.length() + 1));
      int from = random.nextInt(-3, all.length() + 4);
      assertThat(Search.first(all, part, from, budget))
          .as("'%s' in '%s' from %d", part, all, from)
          .isEqualTo(all.indexOf(part, from));
      assertThat(Search.last(all, part, from, budget))
          .as("'%s' in '%s' up to %d", part, all, from)
          .isEqualTo(all.lastIndexOf(part, from));
    }
  }

  private static String text(Random random, int length) {
    StringBuilder text = new StringBuilder(length);
    boolean repeats = random.nextBoolean();
    for (int i = 0; i < length; i++) {
      text.append(
          repeats && random.nextInt(20) > 0
              ? "ab".charAt(i % 2)
              : "abü\uffff".charAt(random.nextInt(4)));
    }
    return text.toString();
  }

  @Test
  @Timeout(10)
  void the_worst_part_takes_no_longer_than_reading_both() {
    String all = "ab".repeat(2_000_000);
    String part = "ab".repeat(1_000_000);
    assertThat(Search.first(all, part + "c", 0, budget)).isEqualTo(-1);
    assertThat(Search.last(all, "c" + part, all.length(), budget)).isEqualTo(-1);
    assertThat(Search.first(all, part + "a", 1, budget)).isEqualTo(2);
  }

  @Test
  void what_was_looked_at_is_counted_once() {
    Budget small = new Budget(new Limits(2_000, Long.MAX_VALUE, 1));
    String lines = "a line\n".repeat(1_000);
    int from = 0;
    for (int found = 0; found >= 0; from = found + 1) {
      found = Search.first(lines, "\n", from, small);
      if (found < 0) {
        break;
      }
    }
    assertThat(from).isEqualTo(lines.length());
  }
}
