package dev.tsuku.llm.grammar.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.schema.CompileLimit;
import dev.tsuku.llm.grammar.schema.Grounds;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GroundedTest {

  private static final String SUBSTRING = "{\"type\": \"string\", \"x-grounded\": \"substring\"}";
  private static final String UNDER = "{\"type\": \"string\", \"x-grounded\": \"under assets\"}";
  private static final String QUOTED = "{\"type\": \"string\", \"x-grounded\": \"quoted\"}";

  private static final String WORDS = "{\"type\": \"string\", \"x-grounded\": \"%s\"}";

  private static boolean accepts(String schema, String value, String... messages) {
    @Nullable MatcherState at =
        MatcherState.start(Nodes.compile(schema, Grounds.of(List.of(messages))));
    String json = JsonWriter.compact(new Json.Text(value));
    for (byte b : json.getBytes(StandardCharsets.UTF_8)) {
      at = at == null ? null : at.next(b & 0xff);
    }
    return at != null && at.isEnd();
  }

  @Test
  void the_automaton_has_the_parts_of_its_texts_and_no_others() {
    SplittableRandom random = new SplittableRandom(7);
    String[] letters = {"a", "b", "ä", "€", "😀"};
    for (int round = 0; round < 300; round++) {
      Set<String> texts = new HashSet<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        texts.add(made(random, letters, random.nextInt(14)));
      }
      Dfa automaton = Dfa.substrings(texts);
      for (int i = 0; i < 300; i++) {
        String part = made(random, letters, 1 + random.nextInt(5));
        boolean occurs = texts.stream().anyMatch(text -> text.contains(part));
        assertThat(automaton.matches(part.getBytes(StandardCharsets.UTF_8)))
            .as("%s in %s", part, texts)
            .isEqualTo(occurs);
      }
      assertThat(automaton.matches(new byte[0])).isFalse();
      assertThat(automaton.matches(new byte[] {(byte) 0x82})).isFalse();
      int longest =
          texts.stream().mapToInt(it -> it.codePointCount(0, it.length())).max().orElse(0);
      if (longest > 0) {
        assertThat(automaton.mostChars(automaton.start())).isEqualTo(longest);
        byte[] found = automaton.shortest(automaton.start(), longest, longest);
        assertThat(found).isNotNull();
        assertThat(texts).contains(new String(found, StandardCharsets.UTF_8));
      }
    }
  }

  private static String made(SplittableRandom random, String[] letters, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(letters[random.nextInt(letters.length)]);
    }
    return text.toString();
  }

  @Test
  void a_part_of_a_message_is_whatever_occurs_in_it() {
    String said = "Assets: \"tool_linux.tgz\",\nGrüße\tan alle";
    assertThat(accepts(SUBSTRING, "tool_linux", said)).isTrue();
    assertThat(accepts(SUBSTRING, "ß", said)).isTrue();
    assertThat(accepts(SUBSTRING, "\"tool", said)).isTrue();
    assertThat(accepts(SUBSTRING, ",\nGrüße\tan", said)).isTrue();
    assertThat(accepts(SUBSTRING, "tool-linux", said)).isFalse();
    assertThat(accepts(SUBSTRING, "", said)).isFalse();
    assertThat(accepts(SUBSTRING, "ab", "a", "b")).isFalse();
  }

  @Test
  void whole_words_are_asked_for_by_their_name() {
    String said = "Occupation: registered nurse";
    assertThat(accepts(WORDS.formatted("words"), "registered nurse", said)).isTrue();
    assertThat(accepts(WORDS.formatted("words"), "nurs", said)).isFalse();
    assertThat(accepts(WORDS.formatted("words"), "Nurse", said)).isFalse();
    assertThat(accepts(WORDS.formatted("words ignoreCase"), "Nurse", said)).isTrue();
    assertThat(accepts(WORDS.formatted("words maxWords 1"), "nurse", said)).isTrue();
    assertThat(accepts(WORDS.formatted("words maxWords 1"), "registered nurse", said)).isFalse();
    assertThat(accepts(WORDS.formatted("words ignoreCase maxWords 2"), "Registered Nurse", said))
        .isTrue();
    assertThatThrownBy(() -> accepts(WORDS.formatted("words maxWords 0"), "nurse", said))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("words maxWords 0");
    for (String wrong : List.of("words maxWords 0", "words maxWords 1000", "words  ignoreCase")) {
      assertThatThrownBy(() -> accepts(WORDS.formatted(wrong), "nurse", said))
          .isInstanceOf(SchemaException.class)
          .hasMessageContaining("N from 1 to 999")
          .hasMessageEndingWith("not \"" + wrong + "\"");
    }
  }

  @Test
  void what_is_quoted_is_a_whole_json_string_or_line() {
    String said =
        "take \"a.tgz\", \"b \\\"c\\\" \\u0064\"\n  the whole line \nan odd \" here\n\"e\"";
    assertThat(accepts(QUOTED, "a.tgz", said)).isTrue();
    assertThat(accepts(QUOTED, "b \"c\" d", said)).isTrue();
    assertThat(accepts(QUOTED, "the whole line", said)).isTrue();
    assertThat(accepts(QUOTED, "e", said)).isTrue();
    assertThat(accepts(QUOTED, "a.tg", said)).isFalse();
    assertThat(accepts(QUOTED, ", ", said)).isFalse();
    assertThat(accepts(QUOTED, "whole", said)).isFalse();
  }

  @Test
  void what_is_under_a_member_is_a_string_in_its_value() {
    String said =
        """
        Description: "a tool"
        [{"tag": "v2", "assets": ["a.tgz", "b \\"c\\" \\u0064"]}, {"assets"
          :
          [{"name": "e.zip", "labels": {"os": "linux"}}], "tag": "v1"}]
        README: "assets" are ["x", "y"], "assets": "one", "two"
        """;
    for (String value : List.of("a.tgz", "b \"c\" d", "e.zip", "linux", "one")) {
      assertThat(accepts(UNDER, value, said)).as(value).isTrue();
    }
    for (String value : List.of("v1", "v2", "name", "os", "labels", "tag", "x", "two", "a tool")) {
      assertThat(accepts(UNDER, value, said)).as(value).isFalse();
    }
  }

  @Test
  void a_value_that_is_cut_off_spoils_nothing() {
    assertThat(accepts(UNDER, "a", "{\"assets\": [\"a\", \"b")).isTrue();
    assertThat(accepts(UNDER, "b", "{\"assets\": [\"a\", \"b")).isFalse();
    assertThat(accepts(UNDER, "a", "\"assets\":", "\"assets\": \"a\"")).isTrue();
    assertThatThrownBy(() -> Nodes.compile(UNDER, Grounds.of(List.of("\"asset\": [\"a\"]"))))
        .isInstanceOf(SchemaException.class)
        .hasMessage("at its root: nothing in the messages can be this value");
  }

  @Test
  void other_conditions_hold_too() {
    String schema =
        "{\"type\": \"string\", \"x-grounded\": \"substring\", \"pattern\": \"^[a-z]+\\\\d$\","
            + " \"minLength\": 4}";
    assertThat(accepts(schema, "rel7", "see rel7 and b2")).isTrue();
    assertThat(accepts(schema, "b2", "see rel7 and b2")).isFalse();
    assertThat(accepts(schema, "rel8", "see rel7 and b2")).isFalse();
    String choice = "{\"enum\": [\"linux\", \"darwin\"], \"x-grounded\": \"substring\"}";
    assertThat(accepts(choice, "linux", "for linux only")).isTrue();
    assertThat(accepts(choice, "darwin", "for linux only")).isFalse();
  }

  @Test
  void a_field_for_which_there_is_nothing_is_named() {
    String schema =
        "{\"type\": \"object\", \"required\": [\"id\"], \"properties\": {\"id\": {\"type\":"
            + " \"string\", \"pattern\": \"^\\\\d{4}$\", \"x-grounded\": \"substring\"}}}";
    assertThatThrownBy(() -> Nodes.compile(schema, Grounds.of(List.of("nothing here"))))
        .isInstanceOf(SchemaException.class)
        .hasMessage("at /properties/id: nothing in the messages can be this value");
    assertThat(Nodes.compile(schema).isEmpty()).isFalse();
    assertThatThrownBy(() -> Nodes.compile("{\"x-grounded\": \"verbatim\"}"))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "at its root: x-grounded must be \"substring\", \"words [ignoreCase] [maxWords N]\" with N from 1 to 999, \"quoted\" or \"under MEMBER\", not \"verbatim\"");
  }

  @Test
  void an_end_can_be_found_in_long_messages() {
    SplittableRandom random = new SplittableRandom(3);
    String said = made(random, new String[] {"a", "b", "c", " ", "é"}, 200_000);
    String schema = "{\"type\": \"string\", \"x-grounded\": \"substring\", \"minLength\": 300}";
    MatcherState start = MatcherState.start(Nodes.compile(schema, Grounds.of(List.of(said))));
    String ending = ShortestCompletion.of(start).map(ShortestCompletion::all).orElseThrow();
    String text = new String(ending.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    assertThat(said).contains(text.substring(1, text.length() - 1));
    assertThat(text.codePointCount(0, text.length())).isGreaterThanOrEqualTo(302);
  }

  @Test
  void messages_that_are_too_long_are_refused() {
    assertThatThrownBy(() -> Nodes.compile(SUBSTRING, Grounds.of(List.of("ab".repeat(300_000)))))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "at its root: x-grounded \"substring\" allows messages of at most 524288 bytes together,"
                + " and these have 600000")
        .extracting(e -> ((SchemaException) e).nextStep())
        .isEqualTo("Shorten the prompt");
    String words = WORDS.formatted("words ignoreCase");
    assertThatThrownBy(() -> Nodes.compile(words, Grounds.of(List.of("ab".repeat(70_000)))))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "at its root: x-grounded \"words ignoreCase\" allows messages of at most 131072 bytes"
                + " together, and these have 140000")
        .extracting(e -> ((SchemaException) e).nextStep())
        .isEqualTo("Shorten the prompt or use \"substring\"");
    assertThatThrownBy(() -> Nodes.compile(words, Grounds.of(List.of("ab".repeat(300_000)))))
        .isInstanceOf(SchemaException.class)
        .extracting(e -> ((SchemaException) e).nextStep())
        .isEqualTo("Shorten the prompt");
    String line = "\"" + "ab".repeat(300_000) + "\"";
    assertThatThrownBy(() -> Nodes.compile(QUOTED, Grounds.of(List.of(line))))
        .isInstanceOf(SchemaException.class)
        .hasMessage(
            "at its root: x-grounded \"quoted\" takes too much of these messages: the texts have"
                + " 600000 bytes; the most are 524288");
  }

  @Test
  void all_rules_for_words_together_have_one_limit_and_obey_that_of_time() {
    StringBuilder said = new StringBuilder();
    SplittableRandom random = new SplittableRandom(6);
    while (said.length() < 120_000) {
      said.append("word")
          .append(random.nextInt(10_000))
          .append(random.nextInt(9) == 0 ? ", " : " ");
    }
    List<String> messages = List.of(said.toString());
    StringBuilder rules = new StringBuilder();
    for (int i = 1; i <= 40; i++) {
      rules.append(rules.isEmpty() ? "" : ", ").append("\"p" + i + "\": ");
      rules.append(WORDS.formatted("words ignoreCase maxWords " + i));
    }
    String many = "{\"type\": \"object\", \"properties\": {" + rules + "}}";
    assertThatThrownBy(() -> Nodes.compile(many, Grounds.of(messages)))
        .isInstanceOf(SchemaException.class)
        .hasMessageMatching(
            "at /properties/p\\d+: x-grounded \"words ignoreCase maxWords \\d+\" takes too much of"
                + " these messages: .* too large");
    String both =
        "{\"type\": \"object\", \"properties\": {\"a\": "
            + WORDS.formatted("words")
            + ", \"b\": "
            + WORDS.formatted("words ignoreCase")
            + "}}";
    assertThat(Nodes.compile(both, Grounds.of(messages)).isEmpty()).isFalse();
    // It is ended while the automaton is made, which would be too large in the end.
    String one = WORDS.formatted("words ignoreCase maxWords 40");
    assertThatThrownBy(() -> Nodes.compile(one, Grounds.of(messages)))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("too large")
        .extracting(e -> ((SchemaException) e).nextStep())
        .isEqualTo("Shorten the prompt, leave maxWords out or use \"substring\"");
    CompileLimit over = CompileLimit.of(Duration.ofMillis(50));
    assertThatThrownBy(() -> Nodes.compile(one, Grounds.of(messages), over))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("takes too long");
  }
}
