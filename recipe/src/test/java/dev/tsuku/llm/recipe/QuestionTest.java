package dev.tsuku.llm.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.client.Message;
import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.grammar.schema.Nodes;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QuestionTest {

  private static String text(Project project) {
    return Question.about(project).messages().getFirst() instanceof Message.User(String text)
        ? text
        : "";
  }

  private static Project project(int releases, String readme) {
    List<Release> list =
        IntStream.range(0, releases)
            .mapToObj(it -> new Release("v" + (9 - it), List.of("tool \"" + (9 - it) + "\".zip")))
            .toList();
    return new Project("o/n", "A tool", list, readme);
  }

  @Test
  void the_prompt_has_the_project_and_asks_for_the_extraction() {
    Prompt question = Question.about(project(1, "# tool"));
    assertThat(question.toolChoice()).isEqualTo("required");
    assertThat(question.tools())
        .extracting(Prompt.Tool::name)
        .containsExactly("fetch_file", "inspect_archive", "extract_pattern");
    assertThat(text(project(1, "# tool")))
        .contains("Repository: o/n\n")
        .contains("Description: A tool\n")
        .contains("{\"tag\": \"v9\", \"assets\": [\"tool \\\"9\\\".zip\"]}")
        .contains("README.md:\n# tool\n");
  }

  @Test
  void three_releases_and_3000_characters_of_a_readme_are_shown() {
    String text = text(project(5, String.join("", Collections.nCopies(4_000, "x"))));
    assertThat(text).contains("v9", "v8", "v7").doesNotContain("v6");
    assertThat(text.chars().filter(it -> it == 'x').count()).isBetween(3_000L, 3_003L);
  }

  @Test
  void parts_that_are_unknown_are_left_out() {
    Project project = new Project("", "", List.of(new Release("v1", List.of("a"))), " ");
    assertThat(text(project)).doesNotContain("Repository:", "Description:", "README");
  }

  @Test
  void every_tools_schema_can_be_kept_to() {
    for (Prompt.Tool tool : Question.tools()) {
      assertThat(Nodes.compile(tool.parametersSchema()).isEmpty()).as(tool.name()).isFalse();
    }
  }
}
