package dev.tsuku.llm.grammar.match;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.schema.Nodes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatcherStateTest {

  private static final String STRING = "{\"type\": \"string\"}";

  /** Where bytes lead; empty if one of them is refused. */
  private static Optional<MatcherState> follow(String schema, byte[] bytes) {
    Optional<MatcherState> at = Optional.of(MatcherState.start(Nodes.compile(schema)));
    for (byte b : bytes) {
      at = at.flatMap(position -> Optional.ofNullable(position.next(b & 0xff)));
    }
    return at;
  }

  private static boolean accepts(String schema, String text) {
    return follow(schema, text.getBytes(StandardCharsets.UTF_8))
        .map(MatcherState::isComplete)
        .orElse(false);
  }

  private static boolean mayBegin(String schema, int... bytes) {
    byte[] all = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      all[i] = (byte) bytes[i];
    }
    return follow(schema, all).isPresent();
  }

  private static List<Character> following(String schema, String text) {
    MatcherState at = follow(schema, text.getBytes(StandardCharsets.UTF_8)).orElseThrow();
    List<Character> bytes = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      if (at.next(b) != null) {
        bytes.add((char) b);
      }
    }
    return bytes;
  }

  @Test
  void members_come_in_the_order_of_the_schema() {
    String schema =
        """
        {"type": "object", "properties": {"b": {"type": "integer"}, "a": {"type": "null"}},
         "required": ["a"], "additionalProperties": false}""";
    assertThat(accepts(schema, "{\"b\":1,\"a\":null}")).isTrue();
    assertThat(accepts(schema, "{\"a\":null}")).isTrue();
    assertThat(accepts(schema, "{\"a\":null,\"b\":1}")).isFalse();
    assertThat(following(schema, "{\"b\":1")).contains(',').doesNotContain('}');
    assertThat(following(schema, "{\"b\":1,\"")).containsExactly('a');
  }

  @Test
  void the_first_space_decides_on_all_others() {
    String schema = "{\"type\": \"array\", \"items\": {\"type\": \"boolean\"}}";
    assertThat(accepts(schema, "[true,false,true]")).isTrue();
    assertThat(accepts(schema, "[true, false, true]")).isTrue();
    assertThat(accepts(schema, "[true, false,true]")).isFalse();
    assertThat(accepts(schema, "[true,false, true]")).isFalse();
    assertThat(accepts(schema, "[ true]")).isFalse();
  }

  @Test
  void a_string_has_one_spelling() {
    assertThat(accepts("{\"const\": \"a\\n\\u0001\\\"/é\"}", "\"a\\n\\u0001\\\"/é\"")).isTrue();
    assertThat(following(STRING, "\"\\u000")).contains('1', 'b', 'f').doesNotContain('a', 'A', 'B');
    assertThat(following(STRING, "\"\\")).containsExactly('"', '\\', 'b', 'f', 'n', 'r', 't', 'u');
    assertThat(mayBegin(STRING, '"', 7)).isFalse();
  }

  @Test
  void what_is_no_utf8_never_comes() {
    assertThat(mayBegin(STRING, '"', 0xc3, 0xa9, '"')).isTrue();
    assertThat(mayBegin(STRING, '"', 0xc0)).isFalse();
    assertThat(mayBegin(STRING, '"', 0x80)).isFalse();
    assertThat(mayBegin(STRING, '"', 0xed, 0xa0)).isFalse();
    assertThat(mayBegin(STRING, '"', 0xc3, '"')).isFalse();
  }

  @Test
  void lengths_count_characters() {
    String schema = "{\"type\": \"string\", \"minLength\": 2, \"maxLength\": 3}";
    assertThat(accepts(schema, "\"é😀\"")).isTrue();
    assertThat(accepts(schema, "\"é\"")).isFalse();
    assertThat(accepts(schema, "\"\\n\\n\\n\"")).isTrue();
    assertThat(accepts(schema, "\"abcd\"")).isFalse();
  }

  @Test
  void a_pattern_leaves_no_way_to_nowhere() {
    String schema = "{\"type\": \"string\", \"pattern\": \"^v[0-9]+\\\\.[0-9]$\"}";
    assertThat(accepts(schema, "\"v10.2\"")).isTrue();
    assertThat(following(schema, "\"v1")).doesNotContain('"').contains('.', '7');
    assertThat(following(schema, "\"v1.2")).containsExactly('"');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"integer","minimum":3,"maximum":120} | 3 | true
          {"type":"integer","minimum":3,"maximum":120} | 120 | true
          {"type":"integer","minimum":3,"maximum":120} | 121 | false
          {"type":"integer","minimum":3,"maximum":120} | 2 | false
          {"type":"integer"} | 1.0 | false
          {"type":"integer"} | -0 | true
          {"type":"integer"} | 01 | false
          {"type":"number","exclusiveMinimum":0,"maximum":1} | 0 | false
          {"type":"number","exclusiveMinimum":0,"maximum":1} | 0.001 | true
          {"type":"number","exclusiveMinimum":0,"maximum":1} | 1e-5 | true
          {"type":"number","multipleOf":0.25} | 7.75 | true
          {"type":"number","multipleOf":0.25} | 7.7 | false
          {"type":"integer","multipleOf":7,"minimum":-20} | -14 | true
          {"type":"integer","multipleOf":7,"minimum":-20} | -21 | false
          {"enum":[1,2.5,"x"]} | 2.5 | true
          {"enum":[1,2.5,"x"]} | 2 | false
          {"not":{"type":"integer"},"type":"number"} | 3 | false
          {"not":{"type":"integer"},"type":"number"} | 3.5 | true
          """)
  void numbers_keep_their_bounds(String schema, String text, boolean isValid) {
    assertThat(accepts(schema, text)).isEqualTo(isValid);
  }

  @Test
  void one_of_means_only_one() {
    String schema =
        """
        {"oneOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]},
                   {"properties": {"b": {"type": "integer"}}, "required": ["b"]}],
         "type": "object", "additionalProperties": {"type": "integer"}}""";
    assertThat(accepts(schema, "{\"a\":1}")).isTrue();
    assertThat(accepts(schema, "{\"b\":1}")).isTrue();
    assertThat(accepts(schema, "{\"a\":1,\"b\":1}")).isFalse();
  }

  @Test
  void a_condition_chooses_what_follows() {
    String schema =
        """
        {"type": "object",
         "properties": {"kind": {"enum": ["x", "y"]}, "n": {}},
         "if": {"properties": {"kind": {"const": "x"}}},
         "then": {"properties": {"n": {"type": "integer"}}},
         "else": {"properties": {"n": {"type": "string"}}},
         "required": ["kind", "n"], "additionalProperties": false}""";
    assertThat(accepts(schema, "{\"kind\":\"x\",\"n\":1}")).isTrue();
    assertThat(accepts(schema, "{\"kind\":\"y\",\"n\":\"1\"}")).isTrue();
    assertThat(following(schema, "{\"kind\":\"y\",\"n\":")).contains('"').doesNotContain('1');
  }

  @Test
  void items_that_must_differ_do() {
    String schema = "{\"type\": \"array\", \"items\": {}, \"uniqueItems\": true}";
    assertThat(accepts(schema, "[1,\"1\",[1],{\"a\":[1]},{\"a\":[2]}]")).isTrue();
    assertThat(accepts(schema, "[1,2,1]")).isFalse();
    assertThat(accepts(schema, "[{\"a\":[1]}, {\"a\":[1]}]")).isFalse();
  }

  @Test
  void names_come_once() {
    String schema = "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"null\"}}}";
    assertThat(accepts(schema, "{\"a\":null,\"x\":1,\"y\":2}")).isTrue();
    assertThat(accepts(schema, "{\"a\":null,\"x\":1,\"x\":2}")).isFalse();
    assertThat(accepts(schema, "{\"x\":1,\"a\":null}")).isFalse();
  }

  @Test
  void a_schema_may_contain_itself() {
    String schema =
        """
        {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object",
          "properties": {"left": {"$ref": "#/$defs/tree"}, "value": {"type": "integer"}},
          "required": ["value"], "additionalProperties": false}}}""";
    assertThat(accepts(schema, "{\"left\":{\"left\":{\"value\":1},\"value\":2},\"value\":3}"))
        .isTrue();
  }
}
