package dev.tsuku.llm.grammar.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WordSpansTest {

  private static final String SAID =
      "Contact: Maria Rao-Ōe (21), New Delhi. Occupation: nurse; fee $5.20, 12% of C++ in /usr/lib, jq_1.7_linux"
          + " 東京 ÉCOLE рыба";

  /** Where a stretch may begin and end, said once more by patterns. */
  private static final String LETTER = "[\\p{L}&&[^\\p{IsHan}]]";

  private static final Pattern BEGIN =
      Pattern.compile(
          ("(?<![\\p{L}\\p{N}])(?=[\\p{L}\\p{N}])"
                  + "(?:(?<!\\d[.,])|(?!\\d))(?:(?<!LETTER['’])|(?!LETTER))"
                  + "|(?=\\p{IsHan})|(?<=\\p{IsHan})(?=[\\p{L}\\p{N}])"
                  + "|(?<![\\p{L}\\p{N}$%.])(?=[$.])")
              .replace("LETTER", LETTER));

  private static final Pattern END =
      Pattern.compile(
          ("(?<=[\\p{L}\\p{N}])(?![\\p{L}\\p{N}])"
                  + "(?:(?<!\\d)|(?![.,]\\d))(?:(?<!LETTER)|(?!['’]LETTER))"
                  + "|(?<=\\p{IsHan})|(?<=[\\p{L}\\p{N}])(?=\\p{IsHan})"
                  + "|(?<=[%$])(?![\\p{L}\\p{N}$%.])")
              .replace("LETTER", LETTER));

  private static final int MOST = 1_000_000;

  private static Dfa spans(List<String> texts, boolean ignoresCase, int maxWords) {
    return Dfa.wordSpans(texts, ignoresCase, maxWords, MOST, () -> {});
  }

  private static boolean accepts(Dfa dfa, String text) {
    return dfa.matches(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void a_span_begins_and_ends_with_a_word() {
    Dfa words = spans(List.of(SAID), false, 0);
    for (String span :
        new String[] {
          "Maria",
          "Maria Rao",
          "Rao-Ōe",
          "Maria Rao-Ōe (21",
          "21",
          "New Delhi",
          "nurse",
          "$5.20",
          "5.20",
          "12%",
          "12",
          "C++",
          "C",
          "/usr/lib",
          "usr",
          "東京",
          "東",
          "京",
          "ÉCOLE"
        }) {
      assertThat(accepts(words, span)).as(span).isTrue();
    }
    for (String none :
        new String[] {
          "",
          "M",
          "Mari",
          "aria",
          "N",
          "Nurse",
          "Delhi.",
          "(21)",
          " New",
          "New ",
          "Rao ",
          ":",
          "%",
          "Contact:",
          "Delhi Occupation",
          "école"
        }) {
      assertThat(accepts(words, none)).as(none).isFalse();
    }
  }

  @Test
  void signs_inside_of_numbers_and_words_cut_no_fragment_off() {
    String said =
        "It costs 1,299.50; don't pay 3.14, O'Neil of l’été says: mc², x_1 re-do 'so' 1.b 4'5 ½. Ⅷ.";
    Dfa words = spans(List.of(said), true, 0);
    for (String span :
        new String[] {
          "1,299.50",
          "costs 1,299.50",
          "don't",
          "Don't pay 3.14",
          "3.14",
          "O'Neil",
          "l’été",
          "mc²",
          "x",
          "1",
          "re",
          "do",
          "x_1",
          "re-do",
          "so",
          "1.b",
          "b",
          "4",
          "5",
          "½",
          "Ⅷ",
          "L’été"
        }) {
      assertThat(accepts(words, span)).as(span).isTrue();
    }
    for (String none :
        new String[] {
          "1,299", "299.50", "299", "50", "14", "3", "3.", "don", "t", "t pay", "O", "Neil", "l",
          "été", "Don'T", "L’Été", "mc", "²", "so'", "'so"
        }) {
      assertThat(accepts(words, none)).as(none).isFalse();
    }
    Dfa two = spans(List.of(said), false, 2);
    assertThat(accepts(two, "costs 1,299.50")).isTrue();
    assertThat(accepts(two, "O'Neil of")).isTrue();
    assertThat(accepts(two, "pay 3.14, O'Neil")).isFalse();
    // Characters that are words themselves are not joined by what may be quotes.
    assertThat(accepts(spans(List.of("東'京"), false, 0), "京")).isTrue();
  }

  @Test
  void a_word_may_have_another_case_where_that_is_ignored() {
    Dfa words = spans(List.of(SAID), true, 0);
    for (String span :
        new String[] {
          "Nurse",
          "nurse",
          "maria rao",
          "Maria rao-ōe",
          "new Delhi",
          "école",
          "École",
          "ÉCOLE",
          "Рыба",
          "рыба",
          "$5.20",
          "東京",
          "usr/Lib",
          "Occupation: Nurse"
        }) {
      assertThat(accepts(words, span)).as(span).isTrue();
    }
    for (String none : new String[] {"NURSE", "nuRse", "N", "MAria", "рЫба", "Delhi.", "aria"}) {
      assertThat(accepts(words, none)).as(none).isFalse();
    }
  }

  @Test
  void a_span_has_no_more_words_than_it_may() {
    Dfa two = spans(List.of("one two three", "four"), false, 2);
    for (String span : new String[] {"one", "one two", "two three", "three", "four"}) {
      assertThat(accepts(two, span)).as(span).isTrue();
    }
    assertThat(accepts(two, "one two three")).isFalse();
    // What cannot end is not begun.
    byte[] begun = "one two ".getBytes(StandardCharsets.UTF_8);
    int state = two.start();
    for (byte b : begun) {
      state = state < 0 ? state : two.next(state, b & 0xff);
    }
    assertThat(state).isEqualTo(Dfa.DEAD);
  }

  @Test
  void it_has_the_spans_of_its_texts_and_no_others() {
    SplittableRandom random = new SplittableRandom(5);
    String[] letters = {
      "a", "B", "ä", "Ж", "中", " ", " ", "(", "$", "%", "1", "2", ".", ",", "'", "’", "²"
    };
    for (int round = 0; round < 800; round++) {
      List<String> texts = new ArrayList<>();
      for (int i = random.nextInt(1, 3); i > 0; i--) {
        texts.add(made(random, letters, random.nextInt(12)));
      }
      boolean ignoresCase = random.nextBoolean();
      Dfa dfa = spans(texts, ignoresCase, 0);
      String[] asked = {
        "a", "A", "B", "b", "ä", "Ä", "Ж", "ж", "中", " ", "(", "$", "%", "1", ".", "'"
      };
      for (int i = 0; i < 300; i++) {
        String text = i % 2 == 0 ? part(random, texts) : made(random, asked, 1 + random.nextInt(4));
        assertThat(accepts(dfa, text))
            .as("'%s' in %s, case ignored: %s", text, texts, ignoresCase)
            .isEqualTo(occurs(text, texts, ignoresCase));
      }
    }
  }

  private static String made(SplittableRandom random, String[] letters, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(letters[random.nextInt(letters.length)]);
    }
    return text.toString();
  }

  private static String part(SplittableRandom random, List<String> texts) {
    String text = texts.get(random.nextInt(texts.size()));
    int from = random.nextInt(text.length() + 1);
    return text.substring(from, from + random.nextInt(text.length() - from + 1));
  }

  private static boolean occurs(String span, List<String> texts, boolean ignoresCase) {
    for (String text : texts) {
      List<Integer> begins = places(BEGIN, text);
      List<Integer> ends = places(END, text);
      for (int from : begins) {
        int to = from + span.length();
        if (!span.isEmpty() && ends.contains(to)) {
          boolean same = true;
          for (int i = from; i < to; i++) {
            char said = text.charAt(i);
            char given = span.charAt(i - from);
            boolean isFirst = begins.contains(i);
            same &=
                given == said
                    || (ignoresCase && given == Character.toLowerCase(said))
                    || (ignoresCase && isFirst && given == Character.toUpperCase(said));
          }
          if (same) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static List<Integer> places(Pattern pattern, String text) {
    List<Integer> places = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      places.add(matcher.start());
    }
    return places;
  }

  @Test
  @Timeout(60)
  void an_automaton_is_no_larger_than_it_may_be() {
    StringBuilder text = new StringBuilder();
    SplittableRandom random = new SplittableRandom(4);
    while (text.length() < 120_000) {
      text.append("word").append(random.nextInt(7)).append(' ');
    }
    Runnable never = () -> {};
    assertThatThrownBy(() -> Dfa.wordSpans(List.of(text.toString()), true, 999, 600_000, never))
        .isInstanceOf(RegexException.class)
        .hasMessageContaining("too large");
    // All parts of equal length are the same one where case is ignored: a square of places.
    String cases = made(random, new String[] {"a ", "A "}, 60_000);
    assertThatThrownBy(() -> Dfa.wordSpans(List.of(cases), true, 0, 600_000, never))
        .isInstanceOf(RegexException.class)
        .hasMessageContaining("too large");
    Dfa small = Dfa.wordSpans(List.of("one two"), false, 0, 100, never);
    assertThat(small.cost()).isBetween(7, 30);
    assertThat(Dfa.wordSpans(List.of("one two"), false, 0, small.cost(), never).states())
        .isEqualTo(small.states());
    assertThatThrownBy(() -> Dfa.wordSpans(List.of("one two"), false, 0, small.cost() - 1, never))
        .isInstanceOf(RegexException.class);
  }

  @Test
  void making_it_is_ended_by_a_check_that_fails() {
    String text =
        "one two three four ".repeat(20)
            + made(new SplittableRandom(2), new String[] {"a", "b", " "}, 30_000);
    int[] checks = {0};
    assertThatThrownBy(
            () ->
                Dfa.wordSpans(
                    List.of(text),
                    true,
                    0,
                    MOST,
                    () -> {
                      if (++checks[0] == 3) {
                        throw new IllegalStateException("enough");
                      }
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(checks[0]).isEqualTo(3);
  }

  @Test
  @Timeout(60)
  void a_long_text_is_taken_and_a_longer_one_refused() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < 120_000; i++) {
      text.append("Word").append(i * 7919 % 10007).append(i % 9 == 0 ? ", " : " ");
    }
    Dfa dfa = spans(List.of(text.toString()), true, 0);
    assertThat(accepts(dfa, "word0")).isTrue();
    assertThatThrownBy(() -> spans(List.of(text.toString().repeat(2)), true, 0))
        .isInstanceOf(RegexException.class)
        .hasMessageContaining("the most for whole words are 131072");
  }
}
