package dev.tsuku.llm.grammar.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.grammar.CompiledGrammar;
import dev.tsuku.llm.grammar.match.MatcherState;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an object of very many members takes to compile does not grow with all of them. */
class ManyMembersTest {

  private static final int MEMBERS = 9_000;

  private static final CompiledGrammar GRAMMAR = compile(MEMBERS);

  private static CompiledGrammar compile(int members) {
    String schema =
        IntStream.range(0, members)
            .mapToObj(i -> "\"m" + i + "\": {\"type\": \"string\"}")
            .collect(
                Collectors.joining(
                    ", ",
                    "{\"type\": \"object\", \"properties\": {",
                    "}, \"additionalProperties\": false}"));
    return CompiledGrammar.ofSchema(schema, Grounds.ANY, CompileLimit.NONE);
  }

  @Test
  void of_very_many_members_some_are_looked_into_and_the_others_when_they_are_met() {
    ObjectRule rule = (ObjectRule) GRAMMAR.node().alternatives(JsonType.OBJECT).getFirst().rule();
    assertThat(rule.order()).hasSize(MEMBERS);
    assertThat(rule.order().stream().filter(name -> rule.member(name).isMeasured()).count())
        .isBetween(1_000L, 5_000L);
  }

  @Test
  void what_was_not_looked_into_is_followed_all_the_same() {
    assertThat(follow("{\"m8999\": \"a\"}")).isTrue();
    assertThat(follow("{\"m8999\": 1}")).isFalse();
    assertThat(follow("{\"m9000\": \"a\"}")).isFalse();
  }

  @Test
  void more_schemas_than_any_real_one_has_are_refused_with_the_limit() {
    assertThatThrownBy(() -> compile(20_000))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining("it has more than 10000 schemas");
  }

  private static boolean follow(String text) {
    MatcherState state = GRAMMAR.start();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      @Nullable MatcherState next = state.next(each & 0xff);
      if (next == null) {
        return false;
      }
      state = next;
    }
    return state.isEnd();
  }
}
