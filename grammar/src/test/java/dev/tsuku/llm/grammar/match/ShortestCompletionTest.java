package dev.tsuku.llm.grammar.match;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.grammar.schema.Nodes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShortestCompletionTest {

  private static final int WALKS = 12;
  private static final int MOST_BYTES = 200;

  private static MatcherState follow(MatcherState from, byte[] bytes) {
    MatcherState at = from;
    for (byte b : bytes) {
      at = Optional.ofNullable(at.next(b & 0xff)).orElseThrow();
    }
    return at;
  }

  private static String endingOf(String schema, String text) {
    MatcherState start = MatcherState.start(Nodes.compile(schema));
    MatcherState at = follow(start, text.getBytes(StandardCharsets.UTF_8));
    return ShortestCompletion.of(at).map(ShortestCompletion::all).orElse("none");
  }

  @Test
  void the_shortest_value_ends_it() {
    assertThat(endingOf("true", "")).isEqualTo("0");
    assertThat(endingOf("{\"type\": [\"object\", \"boolean\"]}", "")).isEqualTo("{}");
    assertThat(endingOf("{\"type\": \"object\"}", "{\"a\": [1, {\"b\": \"c")).isEqualTo("\"}]}");
    assertThat(
            endingOf(
                "{\"type\": \"object\", \"properties\": {\"a\": {\"minLength\": 3}},"
                    + " \"required\": [\"a\", \"b\"]}",
                "{\"a\":\"x"))
        .isEqualTo("xx\",\"b\":0}".replace("xx", endingText()));
  }

  /** What fills a string that may be anything. */
  private static String endingText() {
    String ending = endingOf("{\"type\": \"string\", \"minLength\": 2}", "\"");
    return ending.substring(0, ending.length() - 1);
  }

  @Test
  void spaces_are_written_where_they_have_to_be() {
    assertThat(
            endingOf(
                "{\"type\": \"array\", \"minItems\": 4, \"items\": {\"type\": \"null\"}}",
                "[null, null"))
        .isEqualTo(", null, null]");
  }

  @Test
  void an_item_that_can_become_no_other_than_one_before_it_has_no_end() {
    String schema = "{\"type\": \"array\", \"items\": {\"enum\": [1, 23]}, \"uniqueItems\": true}";
    assertThat(endingOf(schema, "[1,2")).isEqualTo("3]");
    assertThat(endingOf(schema, "[1,1")).isEqualTo("none");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "true",
        "{\"type\": \"string\", \"format\": \"date-time\"}",
        "{\"type\": \"string\", \"pattern\": \"^(ab|c[0-9]{2,4})+\\\\.x$\"}",
        "{\"type\": \"number\", \"minimum\": 0.25, \"exclusiveMaximum\": 12, \"multipleOf\": 0.5}",
        "{\"enum\": [\"linux\", \"linux-musl\", {\"a\": [1, 2]}, null, 12]}",
        "{\"type\": \"array\", \"items\": {\"enum\": [1, 2, 3, 4]}, \"uniqueItems\": true,"
            + " \"minItems\": 3}",
        "{\"type\": \"object\", \"minProperties\": 3, \"patternProperties\": {\"^x-\": {\"type\":"
            + " \"integer\"}}, \"additionalProperties\": false}",
        "{\"type\": \"object\", \"properties\": {\"kind\": {\"enum\": [\"a\", \"b\"]}, \"n\": {}},"
            + " \"required\": [\"kind\"], \"if\": {\"properties\": {\"kind\": {\"const\": \"a\"}}},"
            + " \"then\": {\"required\": [\"n\"]}, \"else\": {\"not\": {\"required\": [\"n\"]}}}",
        "{\"$defs\": {\"t\": {\"type\": \"object\", \"properties\": {\"v\": {\"type\":"
            + " \"integer\"}, \"l\": {\"anyOf\": [{\"type\": \"null\"}, {\"$ref\": \"#/$defs/t\"}]}},"
            + " \"required\": [\"v\", \"l\"], \"additionalProperties\": false}}, \"$ref\":"
            + " \"#/$defs/t\"}",
      })
  void every_place_has_an_ending_that_is_right(String schema) {
    SplittableRandom random = new SplittableRandom(7);
    MatcherState start = MatcherState.start(Nodes.compile(schema));
    for (int walk = 0; walk < WALKS; walk++) {
      MatcherState at = start;
      for (int length = 0; length < MOST_BYTES && !at.isComplete(); length++) {
        ShortestCompletion ending = ShortestCompletion.of(at).orElseThrow();
        byte[] all = ending.all().getBytes(StandardCharsets.ISO_8859_1);
        assertThat(all).hasSize(ending.symbols());
        assertThat(follow(at, all).isComplete()).isTrue();
        at = anyAfter(at, random);
      }
    }
  }

  private static MatcherState anyAfter(MatcherState at, SplittableRandom random) {
    while (true) {
      MatcherState next = at.next(random.nextBoolean() ? random.nextInt(256) : any(random));
      // Where items must differ, it may turn out too late that one cannot.
      if (next != null && (next.isShared() || ShortestCompletion.of(next).isPresent())) {
        return next;
      }
    }
  }

  private static int any(SplittableRandom random) {
    return "{}[],:\" -0123456789abcxltn".charAt(random.nextInt(26));
  }
}
