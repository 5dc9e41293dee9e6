package dev.tsuku.llm.grammar.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"strnig"} | at its root: type is "strnig", which is no JSON type; they are null, boolean, integer, number, string, array and object
          {"type":["null",5]} | at its root: type is 5, which is no JSON type;
          {"items":5} | at /items: a schema is an object or a boolean, not 5
          {"properties":[1]} | at its root: properties must be an object, not [1]
          {"required":"a"} | at its root: required must be an array of names, not "a"
          {"required":["a",5]} | at its root: required must be an array of names, not ["a",5]
          {"pattern":{"a":1}} | at its root: pattern must be a string, not {"a":1}
          {"minimum":"3"} | at its root: minimum must be a number, not "3"
          {"maxItems":2.5} | at its root: maxItems must be a whole number from 0 on, not 2.5
          {"multipleOf":-3} | at its root: multipleOf must be a number above 0, not -3
          {"enum":{}} | at its root: enum must be an array, not {}
          {"anyOf":[]} | at its root: anyOf is [], which must have at least one schema in it
          {"uniqueItems":"yes"} | at its root: uniqueItems must be true or false, not "yes"
          {"x-grounded":"all"} | at its root: x-grounded must be "substring", "words [ignoreCase] [maxWords N]" with N from 1 to 999, "quoted" or "under MEMBER", not "all"
          {"properties":{"a/b":{"pattern":"(x)\\\\1"}}} | at /properties/a~1b: the pattern '(x)\\1' cannot be used: a reference back, which is not supported, stands at character 5
          {"items":{"$ref":"http://example.com/x"}} | at /items: $ref 'http://example.com/x' is nowhere in this schema
          {"minLength":-1} | at its root: minLength must be a whole number from 0 on, not -1
          {"type":"string","minLength":3,"maxLength":2} | at its root: no value can match the schema
          {"required":["a"],"additionalProperties":false,"type":"object"} | at its root: no value can match the schema
          {"$ref":"#"} | at its root: no value can match the schema
          [] | at its root: a schema is an object or a boolean, not []
          {"a | at its root: the schema is not JSON: the text ends too soon
          """)
  void what_cannot_be_honoured_is_named(String schema, String message) {
    if (schema.equals("{\"$ref\":\"#\"}")) {
      // It says nothing, and so allows everything.
      assertThat(Nodes.compile(schema).isEmpty()).isFalse();
    } else {
      assertThatThrownBy(() -> Nodes.compile(schema))
          .isInstanceOf(SchemaException.class)
          .hasMessageStartingWith(message);
    }
  }

  @Test
  void a_schema_that_only_an_endless_value_could_match_is_refused() {
    assertThatThrownBy(
            () ->
                Nodes.compile(
                    """
                    {"$defs": {"n": {"type": "object", "required": ["n"],
                      "properties": {"n": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"}"""))
        .hasMessage("at its root: no value can match the schema");
  }

  @Test
  void what_is_quoted_of_a_schema_is_short() {
    assertThatThrownBy(() -> Nodes.compile("{\"type\": \"" + "x".repeat(100_000) + "\"}"))
        .hasMessageStartingWith("at its root: type is \"xxx")
        .hasMessageContaining("xx…, which is no JSON type")
        .extracting(Throwable::getMessage)
        .asString()
        .hasSizeLessThan(250);
    assertThatThrownBy(() -> Nodes.compile("{\"minimum\": [" + "1,".repeat(100_000) + "1]}"))
        .extracting(Throwable::getMessage)
        .asString()
        .hasSizeLessThan(250);
  }

  @Test
  void an_enumeration_that_is_too_large_is_named_with_its_size() {
    String strings =
        IntStream.range(0, 60_000)
            .mapToObj(i -> "\"" + Integer.toString(i * 31, 36) + "\"")
            .collect(Collectors.joining(","));
    assertThatThrownBy(() -> Nodes.compile("{\"items\": {\"enum\": [" + strings + "]}}"))
        .isInstanceOf(SchemaException.class)
        .hasMessageMatching(
            "at /items: enum or const has too much text: 60000 texts of \\d+ bytes together need"
                + " more than 20000 states");
  }

  @Test
  void patterns_that_explode_are_refused() {
    assertThatThrownBy(
            () -> Nodes.compile("{\"type\": \"string\", \"pattern\": \"((x+x+){500}){500}\"}"))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("too complex");
    assertThatThrownBy(
            () -> Nodes.compile("{\"type\": \"string\", \"pattern\": \"[ab]*a[ab]{40}\"}"))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("too complex");
  }

  @Test
  void combinations_that_explode_are_refused() {
    StringBuilder all = new StringBuilder("{\"type\": \"object\", \"allOf\": [");
    for (int i = 0; i < 20; i++) {
      all.append(i == 0 ? "" : ",").append("{\"anyOf\": [");
      for (int j = 0; j < 3; j++) {
        all.append(j == 0 ? "" : ",")
            .append("{\"required\": [\"p")
            .append(i * 3 + j)
            .append("\"]}");
      }
      all.append("]}");
    }
    assertThatThrownBy(() -> Nodes.compile(all.append("]}").toString()))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("too complex");
  }
}
