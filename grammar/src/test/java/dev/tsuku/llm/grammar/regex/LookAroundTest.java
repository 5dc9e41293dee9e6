package dev.tsuku.llm.grammar.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Look-ahead, look-behind and word boundaries. */
class LookAroundTest {

  private static final int PATTERNS = 1500;
  private static final int TEXTS = 20;

  private static boolean matches(Dfa dfa, String text) {
    return dfa.matches(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void random_patterns_match_where_java_finds_them() {
    RandomPatterns random = new RandomPatterns(20_260_101);
    int compared = 0;
    int found = 0;
    int refused = 0;
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < PATTERNS; i++) {
      String pattern = random.pattern();
      Pattern java = Pattern.compile(pattern);
      Dfa dfa;
      Language language;
      try {
        dfa = Dfa.search(pattern);
        language = Language.search(pattern);
      } catch (RegexException e) {
        assertThat(e).as(pattern).hasMessageContaining("it is too complex");
        refused++;
        continue;
      }
      Dfa others = Dfa.ANY.minus(dfa);
      for (int j = 0; j < TEXTS; j++) {
        String text = random.text();
        boolean isFound = java.matcher(text).find();
        compared++;
        found += isFound ? 1 : 0;
        int chars = text.codePointCount(0, text.length());
        boolean isInLanguage =
            matches(language.texts(), text)
                && chars >= language.least()
                && chars <= language.most();
        if (matches(dfa, text) != isFound
            || matches(others, text) == isFound
            || isInLanguage != isFound) {
          wrong.add(pattern + " in '" + text + "', where Java finds " + isFound);
        }
      }
    }
    assertThat(wrong).isEmpty();
    // Those with a large count that does not become a bound.
    assertThat(refused).isLessThan(PATTERNS / 20);
    assertThat(compared).isGreaterThan(25_000);
    assertThat(found).isBetween(compared / 10, compared * 9 / 10);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '"',
      textBlock =
          """
          ^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$ -1.5 +.
          ^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$ 007. -
          ^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$ a.b@example.org a..b@example.org
          ^(?=.*\\d)(?=.*[a-z])(?=.*[A-Z]).{8,64}$ abcdEFG1 abcdEFGH
          ^(?:(?!foo).)*$ fobar a-foo-b
          ^(?:a(?!b)|b(?=c)|c)+$ aacbcc ab
          (?<=€)\\d+ €42 $42
          (?<!€)\\d€ 42€ €2€
          ^.{3}(?<!😀)$ abc ab😀
          \\bcat\\b a-cat concat
          \\Bcat\\B concats cat
          (?<=\\bfoo)x foox afoox
          (?<=a$) ba ab
          (?<!(?<!a)b)c abc bc
          """)
  void real_patterns_match_what_they_mean(String pattern, String text, String other) {
    Dfa dfa = Dfa.search(pattern);
    assertThat(matches(dfa, text)).isTrue();
    assertThat(matches(dfa, other)).isFalse();
    assertThat(matches(Dfa.ANY.minus(dfa), other)).isTrue();
    assertThat(Dfa.ANY.minus(dfa).and(dfa).isEmpty()).isTrue();
  }

  /** So that a whole schema stays within the time that it may take. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?=(?:[ab]*a[ab]{40})+)b",
        "^(?:(?=[ab]*a[ab]{30}).|(?=[ab]*b[ab]{30}).)*$",
        "(?<![ab]a[ab]{40})(?<!b[ab]{41})c",
        "^(?:(?!.*a.{20})(?=.*b.{21}).)+(?<=a.{30})$",
        "(?:(?:(?=a*b)(?!b*a)){60}x){60}",
        "((x+x+(?=y)){500}){500}"
      })
  void patterns_that_explode_are_refused_soon(String pattern) {
    long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    try {
      Dfa.search(pattern);
    } catch (RegexException e) {
      assertThat(e).hasMessageContaining("it is too complex");
    }
    assertThat(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start)
        .isLessThan(Duration.ofMillis(1500).toNanos());
  }

  private static String nested(String open, String close, int depth) {
    return open.repeat(depth) + "a" + close.repeat(depth);
  }

  static List<String> patterns_that_nest() {
    return List.of(
        "^" + nested("(?:", "|b)", 95) + "$",
        "^" + nested("(?:(?:c|", "){2}|b)", 45) + "$",
        "^" + nested("(?=", ")(?:$|$|$)", 95),
        "^" + nested("(?!", ")(?:$|^|$)", 95),
        "^" + nested("(?<=", ")(?:^|^|$)", 95),
        "^(?:(?:(?:){99999}){99999}){99999}$",
        "^(?:(?:(?=){9}){99999}){99999}$",
        "^(?=)abc$",
        "^(?=a*)abc$",
        "(?=)$");
  }

  @ParameterizedTest
  @MethodSource("patterns_that_nest")
  void nested_patterns_take_no_longer_than_others(String pattern) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> {
          try {
            Language.search(pattern);
          } catch (RegexException e) {
            assertThat(e).hasMessageMatching("(it is too complex|a repeated anchor).*");
          }
        });
  }

  @Test
  void properties_are_looked_for_once_however_they_are_spelt() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> {
          StringBuilder pattern = new StringBuilder();
          for (int i = 0; i < 32; i++) {
            StringBuilder name = new StringBuilder();
            for (int j = 0; j < 5; j++) {
              char c = "latin".charAt(j);
              name.append((i >> j & 1) == 0 ? c : Character.toUpperCase(c));
            }
            pattern.append("\\p{Is").append(name).append('}');
          }
          assertThat(matches(Dfa.search("^" + pattern + "$"), "é".repeat(32))).isTrue();
        });
    StringBuilder many = new StringBuilder();
    for (Character.UnicodeScript script : Character.UnicodeScript.values()) {
      many.append("\\p{Is").append(script).append('}');
    }
    assertThatThrownBy(() -> Dfa.search(many.toString()))
        .isInstanceOf(RegexException.class)
        .hasMessageContaining("more than 32 different properties");
  }

  @Test
  void look_around_is_not_repeated() {
    assertThatThrownBy(() -> Dfa.search("(?=a)*"))
        .isInstanceOf(RegexException.class)
        .hasMessage("a repeated anchor or look-around ends at character 7");
  }
}
