package dev.tsuku.llm.engine.prefix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.prefix.PrefixTree.Cut;
import dev.tsuku.llm.engine.prefix.PrefixTree.Match;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PrefixTreeTest {

  private final PrefixTree tree = new PrefixTree();

  private static TokenList tokens(String letters) {
    return new TokenList(letters.chars().toArray());
  }

  private void put(int sequence, String letters) {
    tree.put(sequence, tokens(letters), letters.length());
  }

  @Test
  void nothing_is_known_at_first() {
    assertThat(tree.longest(tokens("abc"))).isEqualTo(new Match(0, -1));
    assertThat(tree.cut(1, sequence -> true)).isEmpty();
    assertThat(tree.cells(sequence -> true)).isZero();
  }

  @Test
  void the_longest_beginning_is_found_within_a_run_too() {
    put(1, "abcdef");
    assertThat(tree.longest(tokens("abcxyz"))).isEqualTo(new Match(3, 1));
    assertThat(tree.longest(tokens("abcdefgh"))).isEqualTo(new Match(6, 1));
    assertThat(tree.longest(tokens("x"))).isEqualTo(new Match(0, -1));
  }

  @Test
  void what_is_shared_is_counted_once() {
    put(1, "abcdef");
    put(2, "abcxyz");
    assertThat(tree.cells(sequence -> true)).isEqualTo(9);
    assertThat(tree.cells(sequence -> sequence == 2)).isEqualTo(6);
    tree.remove(1);
    assertThat(tree.cells(sequence -> true)).isEqualTo(6);
    assertThat(tree.longest(tokens("abcdef"))).isEqualTo(new Match(3, 2));
  }

  @Test
  void a_sequence_grows() {
    put(1, "abc");
    put(1, "abcdef");
    assertThat(tree.length(1)).isEqualTo(6);
    assertThat(tree.size()).isOne();
    assertThat(tree.cells(sequence -> true)).isEqualTo(6);
  }

  @Test
  void an_idle_sequence_that_others_hold_is_not_kept() {
    put(1, "abc");
    put(2, "abcdef");
    put(3, "abcdef");
    assertThat(tree.removeCovered(sequence -> sequence != 2)).containsExactlyInAnyOrder(1, 3);
    assertThat(tree.longest(tokens("abcdef"))).isEqualTo(new Match(6, 2));
  }

  @Test
  void of_two_idle_ones_that_are_the_same_one_is_kept() {
    put(1, "abc");
    put(2, "abc");
    assertThat(tree.removeCovered(sequence -> true)).hasSize(1);
    assertThat(tree.longest(tokens("abc")).length()).isEqualTo(3);
  }

  @Test
  void the_least_recently_used_end_is_cut_first_and_only_as_far_as_needed() {
    String trunk = "t".repeat(100);
    put(1, trunk + "a".repeat(1000));
    put(2, trunk + "b".repeat(1000));
    tree.touch(1);
    assertThat(tree.cut(300, sequence -> true)).contains(new Cut(2, 800));
    assertThat(tree.cut(5000, sequence -> true)).contains(new Cut(2, 0));
    assertThat(tree.longest(tokens(trunk + "b"))).isEqualTo(new Match(100, 1));
    assertThat(tree.cut(5000, sequence -> true)).contains(new Cut(1, 0));
    assertThat(tree.cut(1, sequence -> true)).isEmpty();
  }

  @Test
  void what_is_at_work_is_never_cut() {
    put(1, "a".repeat(1000));
    put(2, "b".repeat(1000));
    tree.touch(2);
    assertThat(tree.cut(10, sequence -> sequence == 2)).contains(new Cut(2, 1000 - 256));
    assertThat(tree.cut(10, sequence -> false)).isEmpty();
  }

  /** Against a list of the sequences, through thousands of random changes. */
  @Test
  void it_knows_what_a_plain_list_knows() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<Integer, String> all = new HashMap<>();
    for (int round = 0; round < 20_000; round++) {
      int sequence = random.nextInt(8);
      switch (random.nextInt(6)) {
        case 0 -> {
          tree.remove(sequence);
          all.remove(sequence);
        }
        case 1 -> {
          Optional<Cut> cut = tree.cut(1, s -> s % 2 == 0);
          cut.ifPresent(
              c -> {
                String before = all.getOrDefault(c.sequence(), "");
                if (c.length() == 0) {
                  all.remove(c.sequence());
                } else {
                  all.put(c.sequence(), before.substring(0, c.length()));
                }
              });
        }
        default -> {
          String grown = all.getOrDefault(sequence, "") + word(random);
          put(sequence, grown);
          all.put(sequence, grown);
        }
      }
      String asked = word(random) + word(random);
      assertThat(tree.longest(tokens(asked)).length())
          .as("seed %s", seed)
          .isEqualTo(all.values().stream().mapToInt(s -> common(s, asked)).max().orElse(0));
      int holder = tree.longest(tokens(asked)).sequence();
      if (holder >= 0) {
        assertThat(common(all.getOrDefault(holder, ""), asked))
            .isEqualTo(tree.longest(tokens(asked)).length());
      }
      Set<String> beginnings = new HashSet<>();
      all.values()
          .forEach(
              s -> {
                for (int i = 1; i <= s.length(); i++) {
                  beginnings.add(s.substring(0, i));
                }
              });
      assertThat(tree.cells(s -> true)).as("seed %s", seed).isEqualTo(beginnings.size());
      if (all.values().stream().anyMatch(s -> s.length() > 60)) {
        List.copyOf(all.keySet()).forEach(tree::remove);
        all.clear();
      }
    }
  }

  private static String word(Random random) {
    return "ab".repeat(random.nextInt(3)) + (random.nextBoolean() ? "a" : "b");
  }

  private static int common(String one, String other) {
    int i = 0;
    while (i < one.length() && i < other.length() && one.charAt(i) == other.charAt(i)) {
      i++;
    }
    return i;
  }
}
