package dev.tsuku.llm.grammar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.regex.Language;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns with large counts are as small as those without. */
class LargeBoundsTest {

  private static boolean accepts(String schema, String text) {
    return Nodes.compile(schema).accepts(new Json.Text(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".{1,1024}$",
        "^\\S{1,800}",
        "^.{0,10000}$",
        "^\\S{1,800}$",
        "^(?=.{1,253}$)[a-z]",
        "^(?!-)[a-z]\\S{1,5000}.$",
        "^[\\p{L} .'-]{2,50}$",
        "^.{100000,}$"
      })
  void counts_take_no_states(String pattern) {
    assertThat(Language.search(pattern).texts().states()).isLessThan(1000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "^.{2,300}$; 2; 300; é",
        "^\\S{0,400}$; 0; 400; é",
        "^(?=.{10,500}$)(?:é*)$; 10; 500; é",
        "^é.{100,1000}(?<!x)é{2}$; 103; 1003; é",
        "^(?:(?=.{5,300}$)é*)$; 5; 300; é",
        "^é{20,}$; 20; 5000; é",
        "^[\\p{L} .'-]{2,50}$; 2; 50; é",
        "^.{1,1000}$; 1; 1000; 😀"
      })
  void bounds_are_exact(String pattern, int least, int most, String each) {
    String holds = "{\"type\":\"string\",\"pattern\":" + quoted(pattern) + "}";
    String denies = "{\"type\":\"string\",\"not\":{\"pattern\":" + quoted(pattern) + "}}";
    for (int length : new int[] {least - 1, least, (least + most) / 2, most, most + 1}) {
      if (length >= 0 && (length <= most || most < 5000)) {
        boolean fits = least <= length && length <= most;
        assertThat(accepts(holds, each.repeat(length))).as(length + " characters").isEqualTo(fits);
        assertThat(accepts(denies, each.repeat(length))).as("not " + length).isNotEqualTo(fits);
      }
    }
  }

  private static String quoted(String pattern) {
    return "\"" + pattern.replace("\\", "\\\\") + "\"";
  }

  @Test
  void they_combine_with_other_conditions() {
    String schema =
        """
        {"type": "string", "pattern": "^.{0,10000}$", "minLength": 3, "maxLength": 6000, "allOf": [
          {"pattern": "^[a-z]\\\\S{1,5000}$"}, {"pattern": "z$"}, {"not": {"pattern": "^.{10,20}$"}}]}""";
    assertThat(accepts(schema, "az")).isFalse();
    assertThat(accepts(schema, "abz")).isTrue();
    assertThat(accepts(schema, "a".repeat(9) + "z")).isFalse();
    assertThat(accepts(schema, "a".repeat(20) + "z")).isTrue();
    assertThat(accepts(schema, "a".repeat(5000) + "z")).isTrue();
    assertThat(accepts(schema, "a".repeat(5001) + "z")).isFalse();
    assertThat(accepts(schema, "a b z" + "z".repeat(20))).isFalse();
  }
}
