package dev.tsuku.llm.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.ToolDefinition;
import dev.tsuku.llm.template.Turn;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroundingsTest {

  private static final Groundings LISTED =
      Groundings.read("pick /files/*/name under assets\npick /id substring");

  private static final String SCHEMA =
      "{\"type\": \"object\", \"properties\": {\"files\": {\"type\": \"array\", \"items\": {\"type\":"
          + " \"object\", \"properties\": {\"name\": {\"type\": \"string\"}}}}, \"id\": {\"type\":"
          + " \"string\"}}}";

  @Test
  void the_keyword_is_added_to_the_declared_strings() {
    assertThat(LISTED.applied("pick", SCHEMA))
        .contains("\"name\":{\"type\":\"string\",\"x-grounded\":\"under assets\"}")
        .contains("\"id\":{\"type\":\"string\",\"x-grounded\":\"substring\"}");
  }

  @Test
  void another_tools_schema_is_unchanged() {
    assertThat(LISTED.applied("other", SCHEMA)).isSameAs(SCHEMA);
    assertThat(Groundings.NONE.applied("pick", SCHEMA)).isSameAs(SCHEMA);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"properties\": {\"id\": {\"type\": \"string\", \"x-grounded\": \"quoted\"}}}",
        "{\"properties\": {\"id\": {\"type\": \"integer\"}}}",
        "{\"properties\": {\"id\": true}}",
        "{\"properties\": {\"files\": {\"items\": false}}}",
        "{\"properties\": 7}",
        "true",
        "no schema",
      })
  void a_schema_without_such_an_open_string_is_unchanged(String schema) {
    assertThat(LISTED.applied("pick", schema)).isSameAs(schema);
  }

  @Test
  void lines_of_another_form_are_ignored() {
    assertThat(Groundings.read("pick /id within reach\npick id quoted\n\n").isEmpty()).isTrue();
    assertThat(Groundings.read(" pick /id quoted \nlater things").applied("pick", SCHEMA))
        .contains("\"x-grounded\":\"quoted\"");
  }

  @Test
  void a_request_whose_messages_have_no_such_string_keeps_its_schema() {
    Conversation conversation =
        new Conversation(
            "",
            List.of(new Turn.User("nothing is listed here")),
            List.of(new ToolDefinition("pick", "Picks.", required())));
    GenerationRequest request = new GenerationRequest("r1", conversation, 64);
    assertThatCode(() -> new Schemas().plan(request, LISTED)).doesNotThrowAnyException();
  }

  private static String required() {
    return SCHEMA
            .substring(0, SCHEMA.length() - 1)
            .replace(
                "\"name\": {\"type\": \"string\"}}",
                "\"name\": {\"type\": \"string\"}}, \"required\": [\"name\"]")
            .replace("{\"type\": \"array\",", "{\"type\": \"array\", \"minItems\": 1,")
        + ", \"required\": [\"files\", \"id\"]}";
  }
}
