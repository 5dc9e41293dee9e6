package dev.tsuku.llm.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StopStringsTest {

  @Test
  void without_stop_strings_everything_is_told_at_once() {
    StopStrings none = new StopStrings(List.of());
    assertThat(none.add("a\n\nb")).isEqualTo("a\n\nb");
    assertThat(none.found()).isFalse();
    assertThat(none.rest()).isEmpty();
  }

  @Test
  void what_may_become_one_is_held_back_and_told_when_it_did_not() {
    StopStrings stop = new StopStrings(List.of("END"));
    assertThat(stop.add("the E")).isEqualTo("the ");
    assertThat(stop.add("N")).isEmpty();
    assertThat(stop.add("EMY")).isEqualTo("ENEMY");
    assertThat(stop.add(" EN")).isEqualTo(" ");
    assertThat(stop.found()).isFalse();
    assertThat(stop.rest()).isEqualTo("EN");
  }

  @Test
  void one_that_begins_within_another_that_fails_is_found() {
    StopStrings stop = new StopStrings(List.of("aab"));
    assertThat(stop.add("aa")).isEmpty();
    assertThat(stop.add("ab!")).isEqualTo("a");
    assertThat(stop.found()).isTrue();
  }

  @Test
  void the_first_to_be_complete_counts_and_of_several_the_longest() {
    StopStrings stop = new StopStrings(List.of("abcd", "bc", "xbc"));
    assertThat(stop.add("xxabcd")).isEqualTo("xxa");
    StopStrings longest = new StopStrings(List.of("bc", "xbc"));
    assertThat(longest.add("yxbc")).isEqualTo("y");
  }

  @Test
  void however_the_text_is_cut_the_same_is_told() {
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      String text = letters(random, random.nextInt(30));
      List<String> stops =
          IntStream.range(0, random.nextInt(4))
              .mapToObj(i -> letters(random, 1 + random.nextInt(4)))
              .toList();
      StopStrings stop = new StopStrings(stops);
      StringBuilder told = new StringBuilder();
      int from = 0;
      while (from < text.length() && !stop.found()) {
        int to = Math.min(text.length(), from + random.nextInt(5));
        told.append(stop.add(text.substring(from, to)));
        from = to;
      }
      told.append(stop.rest());
      assertThat(told.toString()).as("%s without %s", text, stops).isEqualTo(cut(text, stops));
    }
  }

  /** The slow and obvious way. */
  private static String cut(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String until = text.substring(0, end);
      int longest = stops.stream().filter(until::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return until.substring(0, end - longest);
      }
    }
    return text;
  }

  private static String letters(Random random, int length) {
    return random
        .ints(length, 'a', 'd')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
