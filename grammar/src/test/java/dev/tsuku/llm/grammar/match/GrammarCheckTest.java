package dev.tsuku.llm.grammar.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.grammar.CompiledGrammar;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.schema.CompileLimit;
import dev.tsuku.llm.grammar.schema.Grounds;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrammarCheckTest {

  private static final int MOST_STATES = 200;

  private static final String CONSTANT_OBJECT = "{\"const\": {\"a\": %d}}";
  private static final String CONSTANT_ARRAY = "{\"const\": [%d]}";
  private static final String CONSTANT_STRING = "{\"const\": \"w%d\"}";
  private static final String CLOSED_OBJECT =
      "{\"properties\": {\"p%d\": {}}, \"additionalProperties\": false}";

  /** A schema with an optional property that must not match any of several others. */
  private static String withNots(int count, String rejected) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"not\": " + rejected.formatted(i) + "}")
        .collect(
            Collectors.joining(
                ",",
                "{\"type\": \"object\", \"properties\": {\"v\": {\"allOf\": [",
                "]}}, \"additionalProperties\": false}"));
  }

  private static CompiledGrammar compile(String schema) {
    return CompiledGrammar.ofSchema(schema, Grounds.ANY, CompileLimit.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"string","minLength":1000000} | minLength 1000000
          {"type":"array","minItems":5000000} | minItems 5000000
          {"type":"array","uniqueItems":true,"minItems":4,"items":{"enum":[1,2,3]}} | uniqueItems with minItems 4
          {"type":"object","required":["a"],"properties":{"a":{"type":"string","minLength":1000000}}} | minLength 1000000 at /properties/a
          {"type":"array","contains":{"type":"string"},"minContains":1000000} | minContains 1000000
          """)
  void where_no_value_is_found_the_keywords_that_ask_for_most_are_named(
      String schema, String demands) {
    assertThatThrownBy(() -> compile(schema))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "at its root: no value was found that obeys it; the most is asked for by " + demands);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {} | [0,1,2,
          {"type":"integer"} | [0,1,2,
          {"minimum":-7,"maximum":200,"type":"number"} | [0,1,2,
          {"multipleOf":5,"type":"number","maximum":-5} | [-5,-10,
          {"type":"string"} | ["",
          {"type":"string","minLength":5,"maxLength":400} | ["
          """)
  void a_hundred_items_that_differ_are_found_soon(String items, String beginning) {
    String schema =
        "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 100, \"items\": " + items + "}";
    long before = cpuNanos();
    CompiledGrammar grammar = compile(schema);
    assertThat(Duration.ofNanos(cpuNanos() - before)).isLessThan(Duration.ofMillis(900));
    String value = ShortestCompletion.of(grammar.start()).orElseThrow().all();
    assertThat(value).startsWith(beginning);
    Json.Array array = (Json.Array) JsonReader.read(value);
    assertThat(array.items()).hasSize(100).doesNotHaveDuplicates();
  }

  @Test
  void items_that_cannot_all_differ_are_given_up_soon() {
    String values =
        IntStream.range(0, 30).mapToObj(Integer::toString).collect(Collectors.joining(","));
    long before = cpuNanos();
    assertThatThrownBy(
            () ->
                compile(
                    "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 31, \"items\":"
                        + " {\"enum\": ["
                        + values
                        + "]}}"))
        .hasMessageEndingWith("by uniqueItems with minItems 31");
    assertThat(Duration.ofNanos(cpuNanos() - before)).isLessThan(Duration.ofMillis(900));
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Visits states of the matcher, every byte at each; how many of them have a completion. */
  private static int visit(String schema) {
    MatcherState start = compile(schema).start();
    Set<MatcherState> seen = new HashSet<>(Set.of(start));
    Deque<MatcherState> open = new ArrayDeque<>(seen);
    int completed = 0;
    while (!open.isEmpty() && seen.size() < MOST_STATES) {
      MatcherState at = open.remove();
      if (ShortestCompletion.of(at).isPresent()) {
        completed++;
      }
      for (int b = 0; b < 256; b++) {
        MatcherState next = at.next(b);
        if (next != null && seen.add(next)) {
          open.add(next);
        }
      }
    }
    return completed;
  }

  private static boolean accepts(String schema, String json) {
    MatcherState at = compile(schema).start();
    for (byte b : json.getBytes(StandardCharsets.UTF_8)) {
      at = at == null ? null : at.next(b & 0xff);
    }
    return at != null && at.isComplete();
  }

  @Test
  void seventy_rejected_values_are_matched_and_never_fail_later() {
    assertThat(visit(withNots(70, CONSTANT_STRING))).isPositive();
    assertThat(visit(withNots(70, CONSTANT_ARRAY))).isPositive();
    assertThat(visit(withNots(70, CONSTANT_OBJECT))).isPositive();
    assertThat(visit(withNots(70, CLOSED_OBJECT))).isPositive();

    assertThat(accepts(withNots(70, CONSTANT_OBJECT), "{\"v\":{\"a\":70}}")).isTrue();
    assertThat(accepts(withNots(70, CONSTANT_OBJECT), "{\"v\":{\"a\":69}}")).isFalse();
    assertThat(accepts(withNots(70, CLOSED_OBJECT), "{\"v\":{\"p69\":1}}")).isFalse();
    assertThat(accepts(withNots(70, CLOSED_OBJECT), "{\"v\":{\"p69\":1,\"q\":1}}")).isTrue();
    assertThat(accepts(withNots(70, CLOSED_OBJECT), "{}")).isTrue();
  }

  @Test
  void more_than_can_be_matched_at_once_is_refused_at_compile_time_with_its_place() {
    assertThatThrownBy(() -> compile(withNots(300, CLOSED_OBJECT)))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "at /properties/v: the schema is too complex: a value must match, or must not, too much");
  }

  @Test
  void schemas_that_reject_each_other_are_refused_at_compile_time() {
    String schema =
        """
        {"$defs": {
           "a": {"type": "object", "not": {"$ref": "#/$defs/b"},
                 "oneOf": [{"minProperties": 1}, {"maxProperties": 5}]},
           "b": {"type": "object", "not": {"$ref": "#/$defs/a"},
                 "oneOf": [{"minProperties": 1}, {"maxProperties": 4}]}},
         "$ref": "#/$defs/a"}""";
    assertThatThrownBy(() -> compile(schema))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("a schema must not match itself");
  }

  @Test
  void a_number_that_no_library_can_compare_ends_the_match_and_not_the_matcher() {
    String schema =
        "{\"type\": \"array\", \"uniqueItems\": true, \"items\": {\"type\": \"number\"}}";
    assertThat(accepts(schema, "[1E999999999999,2]")).isFalse();
    assertThat(accepts(schema, "[1000,2]")).isTrue();
  }

  @Test
  void compiling_ends_when_its_time_is_over_or_its_thread_interrupted() {
    String schema = withNots(60, CLOSED_OBJECT);
    CompileLimit over = CompileLimit.of(Duration.ofNanos(1));
    assertThatThrownBy(() -> Nodes.compile(schema, Grounds.ANY, over))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("takes too long");
    Thread.currentThread().interrupt();
    try {
      CompileLimit limit = CompileLimit.of(Duration.ofMinutes(1));
      assertThatThrownBy(() -> Nodes.compile(schema, Grounds.ANY, limit))
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("its request was cancelled");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(Nodes.compile(schema, Grounds.ANY, CompileLimit.of(Duration.ofMinutes(1))).isEmpty())
        .isFalse();
  }

  @Test
  void patterns_of_names_are_built_at_compile_time() {
    assertThatThrownBy(
            () ->
                Nodes.compile(
                    "{\"type\": \"object\", \"patternProperties\": {\"[ab]*a[ab]{40}\": {}}}"))
        .isInstanceOf(SchemaException.class);
  }
}
