package dev.tsuku.llm.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.ToolDefinition;
import dev.tsuku.llm.template.Turn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

  private static final Groundings EXTRACTS =
      Groundings.read("pick /files/*/name under assets\npick /executable words");

  private static final String EXTRACTED =
      "{\"type\": \"object\", \"properties\": {\"files\": {\"type\": \"array\", \"items\": {\"type\":"
          + " \"object\", \"properties\": {\"name\": {\"type\": \"string\"}}, \"required\":"
          + " [\"name\"]}, \"minItems\": 1}, \"executable\": {\"type\": \"string\"}}, \"required\":"
          + " [\"files\", \"executable\"], \"additionalProperties\": false}";

  private static GenerationRequest extraction(String said) {
    return new GenerationRequest(
        "r1",
        new Conversation(
            "",
            List.of(new Turn.User(said)),
            List.of(new ToolDefinition("pick", "Picks.", EXTRACTED))),
        64);
  }

  private static boolean accepts(CompiledSchema schema, String name, String executable) {
    @Nullable MatcherState at = MatcherState.start(schema.node());
    String json =
        "{\"files\": [{\"name\": \"" + name + "\"}], \"executable\": \"" + executable + "\"}";
    for (byte b : json.getBytes(StandardCharsets.UTF_8)) {
      at = at == null ? null : at.next(b & 0xff);
    }
    return at != null && at.isEnd();
  }

  private static CompiledSchema extracted(String said) {
    return new Schemas().plan(extraction(said), EXTRACTS).tools().getFirst().arguments();
  }

  private static String filler(int chars) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < chars; i++) {
      text.append("line ").append(i).append('\n');
    }
    return text.toString();
  }

  @Test
  void messages_too_long_for_words_keep_the_other_grounded_strings() {
    String assets = "{\"assets\": [\"jq.tgz\"]} jq is run.\n";
    CompiledSchema small = extracted(assets);
    assertThat(accepts(small, "jq.tgz", "jq")).isTrue();
    assertThat(accepts(small, "jq", "jq")).isFalse();
    assertThat(accepts(small, "jq.tgz", "j")).isFalse();
    // Any part of the messages instead of whole words.
    CompiledSchema large = extracted(assets + filler(200_000));
    assertThat(accepts(large, "jq.tgz", "jq")).isTrue();
    assertThat(accepts(large, "jq", "jq")).isFalse();
    assertThat(accepts(large, "jq.tgz", "j")).isTrue();
    assertThat(accepts(large, "jq.tgz", "made up")).isFalse();
    // Too long for that, too.
    CompiledSchema larger = extracted(assets + filler(600_000));
    assertThat(accepts(larger, "jq.tgz", "made up")).isTrue();
    assertThat(accepts(larger, "jq", "jq")).isFalse();
  }

  @Test
  void a_string_that_the_messages_do_not_have_leaves_the_others_grounded() {
    CompiledSchema schema = extracted("jq is run.");
    assertThat(accepts(schema, "anything", "jq")).isTrue();
    assertThat(accepts(schema, "anything", "j")).isFalse();
    CompiledSchema nothing = extracted("");
    assertThat(accepts(nothing, "anything", "made up")).isTrue();
  }

  @Test
  void a_schema_that_asks_for_words_of_too_much_is_refused_with_a_way_out() {
    String words =
        EXTRACTED.replace("\"executable\": {", "\"executable\": {\"x-grounded\": \"words\", ");
    GenerationRequest request =
        new GenerationRequest(
            "r1",
            new Conversation(
                "",
                List.of(new Turn.User("x".repeat(140_000))),
                List.of(new ToolDefinition("pick", "Picks.", words))),
            64);
    assertThatThrownBy(() -> new Schemas().plan(request))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "tools[0].parameters_schema cannot be honoured: at /properties/executable: x-grounded"
                + " \"words\" allows messages of at most 131072 bytes together, and these have"
                + " 140000. Shorten the prompt or use \"substring\".");
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
