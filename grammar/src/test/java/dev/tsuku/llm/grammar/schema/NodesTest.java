package dev.tsuku.llm.grammar.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"strin"} | at its root: type names no JSON type
          {"properties":{"a/b":{"pattern":"(?=x)"}}} | at /properties/a~1b: the pattern '(?=x)' cannot be used: look-around, which is not supported, ends at character 4
          {"items":{"$ref":"http://example.com/x"}} | at /items: $ref 'http://example.com/x' is nowhere in this schema
          {"minLength":-1} | at its root: minLength must be a whole number from 0 on
          {"type":"string","minLength":3,"maxLength":2} | at its root: no value can match the schema
          {"required":["a"],"additionalProperties":false,"type":"object"} | at its root: no value can match the schema
          {"$ref":"#"} | at its root: no value can match the schema
          [] | at its root: a schema is an object or a boolean
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
