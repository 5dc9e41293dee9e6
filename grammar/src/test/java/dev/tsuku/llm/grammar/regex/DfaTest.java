package dev.tsuku.llm.grammar.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DfaTest {

  private static final List<String> TEXTS =
      List.of(
          "", "a", "b", "ab", "aab", "abc", "aabbcc", "0", "42", "007", "a-b", "a.b", "é", "äöü",
          "a\nb", " ", "a b", "_x9", "x{2}", "😀", "日本", "[]", "\\", "ABC", "a1b2c3", "--");

  private static boolean matches(Dfa dfa, String text) {
    return dfa.matches(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Of these, Java's own means the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "^a",
        "b$",
        "^$",
        "^a*b+$",
        "^[a-c]+$",
        "^[^a-c]*$",
        "\\d",
        "^\\d{2,3}$",
        "^(a|b)*$",
        "a.b",
        "^.$",
        "^\\w+$",
        "\\s",
        "^\\S+$",
        "(?:ab)+c?$",
        "^[\\w.-]+$",
        "x\\{2\\}",
        "^[é-ü]+$",
        "[一-龠]",
        "^(?:a{2}|b{1,})",
        "\\\\",
        "^[\\]\\[]+$",
        "a|^$",
        "^-{2}$",
        "\\p{Lu}",
        "(a|b$)",
        "\\u00e9",
        "^(?:|a)b?$"
      })
  void it_finds_what_java_finds(String pattern) {
    Dfa dfa = Dfa.search(pattern);
    Pattern java = Pattern.compile(pattern);
    for (String text : TEXTS) {
      // Java's $ stands before a last line end too; none of the texts ends with one.
      assertThat(matches(dfa, text))
          .as(pattern + " in " + text)
          .isEqualTo(java.matcher(text).find());
    }
  }

  @Test
  void sets_are_combined() {
    Dfa words = Dfa.search("^[a-z]+$");
    Dfa notAb = words.minus(Dfa.words(List.of("ab")));
    assertThat(matches(notAb, "abc")).isTrue();
    assertThat(matches(notAb, "ab")).isFalse();
    Dfa both = words.and(Dfa.search("c$"));
    assertThat(matches(both, "abc")).isTrue();
    assertThat(matches(both, "ab")).isFalse();
    assertThat(words.and(Dfa.search("^[0-9]")).isEmpty()).isTrue();
    assertThat(words.minus(Dfa.ANY).isEmpty()).isTrue();
  }

  @Test
  void lengths_are_known() {
    Dfa dfa = Dfa.search("^(?:é{2,4}|x)$");
    assertThat(dfa.leastChars(dfa.start())).isEqualTo(1);
    assertThat(dfa.mostChars(dfa.start())).isEqualTo(4);
    assertThat(Dfa.ANY.mostChars(Dfa.ANY.start())).isEqualTo(Dfa.UNBOUNDED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(", ")", "[a", "a**", "(?=a", "(?<!a)+", "\\1", "\\b*", "(?i:x)", "[z-a]", "a{2,1}", "*",
        "a{2}{3}", "^*"
      })
  void what_is_no_pattern_is_refused(String pattern) {
    assertThatThrownBy(() -> Dfa.search(pattern)).isInstanceOf(RegexException.class);
  }
}
