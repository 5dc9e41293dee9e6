package dev.tsuku.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.constraint.Groundings;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.ToolDefinition;
import dev.tsuku.llm.template.Turn;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpecialtyTest {

  private static Optional<Specialty> of(Map<String, String> metadata) {
    return Specialty.of(key -> Optional.ofNullable(metadata.get(key)));
  }

  private static Conversation withTools(String... names) {
    return new Conversation(
        "",
        List.of(new Turn.User("Do it.")),
        List.of(names).stream().map(it -> new ToolDefinition(it, "", "{}")).toList());
  }

  @Test
  void a_model_without_the_key_is_a_general_one() {
    assertThat(of(Map.of("general.description", "does it"))).isEmpty();
    assertThat(of(Map.of("tsuku_llm.tools", " "))).isEmpty();
  }

  @Test
  void the_metadata_names_tools_purpose_and_groundings() {
    Specialty specialty =
        of(Map.of(
                "tsuku_llm.tools", " one  two ",
                "general.description", "does it",
                "tsuku_llm.grounded", "one /a quoted"))
            .orElseThrow();
    assertThat(specialty.tools()).containsExactly("one", "two");
    assertThat(specialty.purpose()).isEqualTo("does it");
    assertThat(specialty.groundings().isEmpty()).isFalse();
    assertThat(of(Map.of("tsuku_llm.tools", "one")).orElseThrow().groundings())
        .isSameAs(Groundings.NONE);
  }

  @Test
  void a_conversation_with_one_of_the_tools_is_covered() {
    Specialty specialty = of(Map.of("tsuku_llm.tools", "one two")).orElseThrow();
    assertThat(specialty.covers(withTools("other", "two"))).isTrue();
    assertThat(specialty.covers(withTools("other"))).isFalse();
    assertThat(specialty.covers(withTools())).isFalse();
  }
}
