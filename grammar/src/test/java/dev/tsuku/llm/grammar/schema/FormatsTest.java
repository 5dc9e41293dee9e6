package dev.tsuku.llm.grammar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.match.MatcherState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Formats, and what drafts and dialects say of types. */
class FormatsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          iri | https://example.org/straße?größe=3 | /relative
          iri | mailto:ann@example.org | http://exa mple.org/
          iri | http://ƒøø.ßår/𐌀?q=\uE000 | http://ƒøø.ßår/\uE000
          iri-reference | //ƒøø.ßår/?∂éœ=πîx#πîüx | \\\\WINDOWS\\filëßåré
          iri-reference | âππ | #ƒräg\\mênt
          uri | http://example.org/?q=1#a | http://example.org/ä
          uri-template | https://example.org/u/{id:1}/{id} | https://example.org/u/{id
          uri-template | {+a.b,c*}x{?q} | https://example.org/u/id}
          uri-template | a%41'b | {v:0}
          idn-email | 실례@실례.테스트 | 2962
          idn-email | δοκιμή@example.com | user＠example.com
          idn-hostname | straße.example | -hello
          idn-hostname | 例え。テスト | 실〮례.테스트
          idn-hostname | host-name | XN--aa---o47jg78q
          idn-hostname | हिन्दी.in | ּhello
          hostname | a.b.example | a..b
          """)
  void formats_are_enforced(String format, String valid, String invalid) {
    Node node = Nodes.compile("{\"type\": \"string\", \"format\": \"" + format + "\"}");
    assertThat(node.accepts(new Json.Text(valid))).isTrue();
    assertThat(node.accepts(new Json.Text(invalid))).isFalse();
    Node others =
        Nodes.compile("{\"type\": \"string\", \"not\": {\"format\": \"" + format + "\"}}");
    assertThat(others.accepts(new Json.Text(valid))).isFalse();
    assertThat(others.accepts(new Json.Text(invalid))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hostname", "idn-hostname"})
  void host_names_end_at_their_limit(String format) {
    Node node = Nodes.compile("{\"type\": \"string\", \"format\": \"" + format + "\"}");
    String labels = "a".repeat(62) + ".";
    assertThat(node.accepts(new Json.Text(labels.repeat(4) + "a"))).isTrue();
    assertThat(node.accepts(new Json.Text(labels.repeat(4) + "aa"))).isFalse();
    Node others =
        Nodes.compile("{\"type\": \"string\", \"not\": {\"format\": \"" + format + "\"}}");
    assertThat(others.accepts(new Json.Text(labels.repeat(4) + "aa"))).isTrue();
  }

  private static boolean writes(String schema, String json) {
    MatcherState at = MatcherState.start(Nodes.compile(schema));
    for (byte b : json.getBytes(StandardCharsets.UTF_8)) {
      at = at.next(b & 0xff);
      if (at == null) {
        return false;
      }
    }
    return at.isComplete();
  }

  @Test
  void an_integer_of_draft_4_has_no_fraction() {
    String schema =
        "{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"type\": \"integer\"}";
    assertThat(writes(schema, "3")).isTrue();
    assertThat(writes(schema, "3.0")).isFalse();
  }

  @Test
  void nullable_beside_a_type_allows_null() {
    assertThat(writes("{\"type\": \"string\", \"nullable\": true}", "null")).isTrue();
    assertThat(writes("{\"type\": \"string\", \"nullable\": true}", "\"a\"")).isTrue();
    assertThat(writes("{\"type\": \"string\", \"nullable\": false}", "null")).isFalse();
    assertThat(writes("{\"not\": {\"type\": \"string\", \"nullable\": true}}", "null")).isFalse();
    assertThat(writes("{\"nullable\": true, \"enum\": [1]}", "null")).isFalse();
  }

  @Test
  void numbers_are_equal_with_a_point_or_without() {
    assertThat(JsonReader.read("[3.0, 3e0]")).isEqualTo(JsonReader.read("[3, 3.00]"));
    assertThat(List.of(JsonReader.read("3.0"))).contains(JsonReader.read("3"));
  }
}
