package dev.tsuku.llm.grammar.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {             | the text ends too soon (line 1, column 2)
          "abc          | the text ends too soon (line 1, column 5)
          -             | the text ends too soon (line 1, column 2)
          {"a" 1}       | a colon is missing before '1' (line 1, column 6)
          [true false]  | a comma is missing before 'false' (line 1, column 7)
          {"a":1 "b":2} | a comma is missing before '"' (line 1, column 8)
          {"a":1,}      | a name in double quotes is missing before '}' (line 1, column 8)
          {abc:1}       | a name in double quotes is missing before 'abc' (line 1, column 2)
          [1,]          | ']' is no value (line 1, column 4)
          [tru]         | 'tru' is no value (line 1, column 2)
          é             | 'é' is no value (line 1, column 1)
          [1]]          | ']' closes what is not open (line 1, column 4)
          // a          | '/' begins a comment, and JSON has none (line 1, column 1)
          [01]          | a number begins with 0 and has more digits before its point (line 1, column 3)
          +1            | a number is not written as JSON has it (line 1, column 2)
          NaN           | a number is not written as JSON has it (line 1, column 4)
          "\\q"         | a string has an escape that JSON does not have (line 1, column 3)
          "\\u12g4"     | a string has an escape that JSON does not have (line 1, column 6)
          "a\tb"        | a string has a line break or a control character in it (line 1, column 3)
          "\\ud800"     | a string has half of a surrogate pair (line 1, column 1)
          {"a":1,"a":2} | the name 'a' stands twice in an object (line 1, column 8)
          1 2           | something follows the end of the value (line 1, column 3)
          ``            | the text is empty
          """)
  void what_is_not_json_is_named_with_its_place(String text, String fault) {
    assertThatThrownBy(() -> JsonReader.read(text))
        .isInstanceOf(JsonException.class)
        .hasMessage("is not JSON: " + fault);
  }

  @Test
  void valid_json_beyond_a_limit_is_not_called_anything_else() {
    assertRefused("[".repeat(20_000) + "]".repeat(20_000), "nests deeper than 128 levels (line 1,");
    assertRefused(
        "{\"a\":".repeat(20_000) + "1" + "}".repeat(20_000), "nests deeper than 128 levels (");
    assertRefused(
        "{\"" + "n".repeat(100_000) + "\":1}",
        "has a name of 100000 characters; the most are 50000 (line 1, column 2)");
    assertRefused(
        "1".repeat(1_001), "has a number of more than 1000 characters (line 1, column 1)");
    assertRefused("[1e999]", "has the number '1e999' (line 1, column 2), which is not between ");
    assertRefused("[1e9999999999]", "has the number '1e9999999999' (line 1, column 2), which is ");
    assertRefused("[" + "1,".repeat(500_000) + "1]", "has more than 500000 values");
    assertRefused(
        "\"" + "x".repeat((16 << 20) + 1) + "\"", "has a string of more than 16777216 characters");
  }

  private static void assertRefused(String text, String message) {
    assertThatThrownBy(() -> JsonReader.read(text))
        .isInstanceOf(JsonException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 127, 128})
  void what_is_within_the_limits_is_read(int depth) {
    Json expected = new Json.Array(List.of());
    for (int i = 1; i < depth; i++) {
      expected = new Json.Array(List.of(expected));
    }
    assertThat(JsonReader.read("[".repeat(depth) + "]".repeat(depth))).isEqualTo(expected);
    String name = "n".repeat(50_000);
    assertThat(JsonReader.read("{\"" + name + "\":[]}"))
        .isInstanceOfSatisfying(
            Json.Obj.class, object -> assertThat(object.members()).containsOnlyKeys(name));
  }

  @Test
  void siblings_do_not_add_to_the_depth() {
    assertThat(JsonReader.read("[" + "[],{},".repeat(1_000) + "1]"))
        .isInstanceOfSatisfying(Json.Array.class, it -> assertThat(it.items()).hasSize(2_001));
  }
}
