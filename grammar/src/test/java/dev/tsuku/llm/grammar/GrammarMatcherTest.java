package dev.tsuku.llm.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.grammar.match.ReasoningTags;
import dev.tsuku.llm.grammar.match.ToolCallSyntax;
import dev.tsuku.llm.grammar.regex.RegexException;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarMatcherTest {

  private static final String FORM =
      """
      {"type": "object", "properties": {"n": {"enum": [1, 12]}, "t": {"type": "string"}},
       "required": ["n"], "additionalProperties": false}""";

  private static final List<String> TOKENS = tokens();
  private static final TokenVocabulary VOCABULARY = vocabulary();

  /** All characters of ASCII, one that stands for no text, and some longer ones. */
  private static List<String> tokens() {
    List<String> tokens = new ArrayList<>();
    IntStream.range(' ', 127).mapToObj(Character::toString).forEach(tokens::add);
    tokens.add("");
    tokens.addAll(List.of("\n", "{\"", "\":", "12", "2}", "é", "abc", "\", \"", "\"}", "[1, 2"));
    return tokens;
  }

  private static TokenVocabulary vocabulary() {
    return TokenVocabulary.of(
        TOKENS.stream().map(it -> it.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new));
  }

  private static boolean accept(GrammarMatcher matcher, String... texts) {
    boolean accepted = true;
    for (String text : texts) {
      accepted &= matcher.accept(TOKENS.indexOf(text));
    }
    return accepted;
  }

  private static List<String> allowed(GrammarMatcher matcher) {
    long[] mask = new long[VOCABULARY.maskWords()];
    matcher.fillMask(mask);
    return IntStream.range(0, TOKENS.size())
        .filter(token -> (mask[token / 64] >> (token % 64) & 1) == 1)
        .mapToObj(TOKENS::get)
        .toList();
  }

  private static String text(int[] tokens) {
    return IntStream.of(tokens).mapToObj(TOKENS::get).reduce("", String::concat);
  }

  @Test
  void the_example_of_the_tour_is_true() {
    GrammarMatcher matcher = CompiledGrammar.ofSchema(FORM).matcher(VOCABULARY);
    assertThat(allowed(matcher)).containsExactly("{", "{\"");
    assertThat(matcher.jumpForward()).asString().isEqualTo("{\"n\":");
    assertThat(accept(matcher, "{\"", "n", "\":", "1")).isTrue();
    assertThat(allowed(matcher)).containsExactlyInAnyOrder("2", "}", "2}", ",");
    assertThat(text(matcher.shortestCompletion())).isEqualTo("}");
    assertThat(matcher.isComplete()).isFalse();
    assertThat(accept(matcher, "2}")).isTrue();
    assertThat(matcher.isOver()).isTrue();
    assertThat(matcher.shortestCompletion()).isEmpty();
    assertThat(allowed(matcher)).isEmpty();
  }

  private static List<String> characters(String text) {
    return text.chars().mapToObj(Character::toString).toList();
  }

  /** Whether a whole value may be written like this. */
  private static boolean isWritten(String schema, String text) {
    GrammarMatcher matcher = CompiledGrammar.ofSchema(schema).matcher(VOCABULARY);
    for (String c : characters(text)) {
      if (!accept(matcher, c)) {
        return false;
      }
    }
    return matcher.isComplete();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":[1,{\"b\":[]}],\"c\":{}}",
        "{\"a\": [1, {\"b\": []}], \"c\": {}}",
      })
  void white_space_is_as_it_began(String text) {
    assertThat(isWritten("true", text)).isTrue();
    GrammarMatcher matcher = CompiledGrammar.ofSchema("true").matcher(VOCABULARY);
    StringBuilder written = new StringBuilder();
    for (String c : characters(text)) {
      // Wherever it is ended, it is ended in the same way.
      String completed = written + text(matcher.shortestCompletion());
      assertThat(isWritten("true", completed)).as(completed).isTrue();
      assertThat(accept(matcher, c)).isTrue();
      written.append(c);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\n  \"a\": 1\n}",
        "{\"a\":1, \"b\":2}",
        "{\"a\": 1,\"b\": 2}",
        "{ \"a\":1}",
        "[1,  2]",
        "[1 ,2]",
        "{\"a\":1,\n\"b\":2}",
        "\n{}",
        "1\n"
      })
  void white_space_that_is_not_as_it_began_is_refused(String text) {
    assertThat(isWritten("true", text)).isFalse();
  }

  @Test
  void items_that_must_differ_are_compared_without_their_white_space() {
    String schema = "{\"type\": \"array\", \"uniqueItems\": true}";
    assertThat(isWritten(schema, "[1, [1], [2]]")).isTrue();
    assertThat(isWritten(schema, "[1, 1]")).isFalse();
    assertThat(isWritten(schema, "[[1, 2], [1, 2]]")).isFalse();
  }

  @Test
  void a_token_that_is_refused_changes_nothing() {
    GrammarMatcher matcher = CompiledGrammar.ofSchema(FORM).matcher(VOCABULARY);
    assertThat(matcher.accept(TOKENS.indexOf("}"))).isFalse();
    assertThat(matcher.accept(TOKENS.indexOf(""))).isFalse();
    assertThat(matcher.accept(-1)).isFalse();
    assertThat(matcher.accept(TOKENS.size())).isFalse();
    assertThat(matcher.length()).isZero();
    assertThat(accept(matcher, "{\"")).isTrue();
  }

  @Test
  void rolling_back_and_forking_lead_to_where_the_tokens_led() {
    GrammarMatcher matcher = CompiledGrammar.ofSchema(FORM).matcher(VOCABULARY);
    accept(matcher, "{\"", "n", "\":");
    List<String> here = allowed(matcher);
    GrammarMatcher fork = matcher.fork();
    assertThat(accept(matcher, "12", ",", "\"", "t")).isTrue();
    matcher.rollback(4);
    assertThat(allowed(matcher)).isEqualTo(here);
    assertThat(accept(fork, "1", "}")).isTrue();
    assertThat(matcher.length()).isEqualTo(3);
    assertThat(fork.length()).isEqualTo(5);
    fork.rollback(100);
    assertThat(allowed(fork)).containsExactly("{", "{\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[a-c]{2,4}",
        "(ab|é)+",
        "x?",
        "\\d{3}-\\d{2}",
        "[^a-z]{1,3}!",
        "a|b|abc",
        "(?!ab)[ab]{2}"
      })
  void every_text_of_a_pattern_and_no_other_is_accepted(String pattern) {
    CompiledGrammar grammar = CompiledGrammar.ofPattern(pattern);
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      GrammarMatcher matcher = grammar.matcher(VOCABULARY);
      StringBuilder text = new StringBuilder();
      while (!matcher.isOver() && text.length() < 12) {
        assertThat(matcher.isComplete()).isEqualTo(text.toString().matches(pattern));
        List<String> allowed = allowed(matcher);
        String next = allowed.get(random.nextInt(allowed.size()));
        assertThat(accept(matcher, next)).as("%s behind %s", next, text).isTrue();
        text.append(next);
      }
      text.append(text(matcher.shortestCompletion()));
      assertThat(text.toString()).matches(pattern);
    }
  }

  @Test
  void a_string_with_a_pattern_has_the_tokens_that_its_automaton_can_follow() {
    GrammarMatcher matcher =
        CompiledGrammar.ofSchema("{\"type\": \"string\", \"pattern\": \"^[a-c]+$\"}")
            .matcher(VOCABULARY);
    accept(matcher, "\"");
    assertThat(allowed(matcher)).containsExactlyInAnyOrder("a", "b", "c", "abc");
    accept(matcher, "abc");
    assertThat(allowed(matcher)).containsExactlyInAnyOrder("a", "b", "c", "abc", "\"");
  }

  @Test
  void patterns_that_nothing_matches_are_refused() {
    for (String pattern : List.of("a(?!.)b", "[^\\s\\S]", "\\n", "(", "(a)\\1")) {
      assertThatThrownBy(() -> CompiledGrammar.ofPattern(pattern))
          .as(pattern)
          .isInstanceOf(RegexException.class);
    }
  }

  @Test
  void a_call_of_a_tool_is_written_as_its_syntax_has_it() {
    ToolCallSyntax syntax =
        new ToolCallSyntax(
            "<call>", ":", "</call>", "", false, false, new ReasoningTags("<t>", "</t>"));
    CompiledGrammar grammar =
        CompiledGrammar.ofTools(
            List.of(
                new CompiledGrammar.Tool("add", CompiledGrammar.ofSchema(FORM)),
                new CompiledGrammar.Tool("end", CompiledGrammar.ofSchema("{\"const\": {}}"))),
            syntax,
            false);
    GrammarMatcher matcher = grammar.matcher(VOCABULARY);
    assertThat(matcher.jumpForward()).asString().isEqualTo("<call>");
    "<call>".chars().mapToObj(Character::toString).forEach(it -> accept(matcher, it));
    assertThat(allowed(matcher)).containsExactlyInAnyOrder("a", "e");
    assertThat(accept(matcher, "e")).isTrue();
    assertThat(matcher.jumpForward()).asString().isEqualTo("nd:{}</call>");
    assertThat(text(matcher.shortestCompletion())).isEqualTo("nd:{}</call>");
  }

  @Test
  void a_tool_whose_arguments_can_be_no_object_is_refused() {
    CompiledGrammar.Tool tool =
        new CompiledGrammar.Tool("count", CompiledGrammar.ofSchema("{\"const\": 1}"));
    ToolCallSyntax syntax =
        new ToolCallSyntax("<", ":", ">", "", false, false, new ReasoningTags("<t>", "</t>"));
    assertThatThrownBy(() -> CompiledGrammar.ofTools(List.of(tool), syntax, false))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("the tool 'count' allows no object");
  }

  @Test
  void a_grammar_serves_several_threads_at_once() throws Exception {
    CompiledGrammar grammar = CompiledGrammar.ofSchema(FORM);
    List<Thread> threads = new ArrayList<>();
    List<String> answers = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 8; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    GrammarMatcher matcher = grammar.matcher(vocabulary());
                    accept(matcher, "{\"", "n", "\":", "12", ",");
                    answers.add(allowed(matcher) + text(matcher.shortestCompletion()));
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(answers).hasSize(8).containsOnly(answers.getFirst());
  }

  @Test
  void where_items_must_differ_what_leaves_too_few_is_not_accepted() {
    GrammarMatcher matcher =
        CompiledGrammar.ofSchema(
                "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 2, \"items\": {\"enum\": [1, 2]}}")
            .matcher(VOCABULARY);
    assertThat(accept(matcher, "[", "1", ",")).isTrue();
    assertThat(accept(matcher, "1")).isFalse();
    assertThat(accept(matcher, "2")).isTrue();
    assertThat(text(matcher.shortestCompletion())).isEqualTo("]");
  }
}
