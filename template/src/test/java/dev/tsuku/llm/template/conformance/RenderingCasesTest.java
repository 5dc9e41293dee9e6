package dev.tsuku.llm.template.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Real templates, against what Python's Jinja makes of them, byte for byte. */
class RenderingCasesTest {

  private static final Path FOLDER =
      Path.of(System.getProperty("tsuku.root", ".")).resolve("../shared/chat-templates");

  @Test
  void real_templates_render_as_in_python() throws IOException {
    Path expected = FOLDER.resolve("expected.json");
    assumeTrue(Files.exists(expected), "there is no folder of chat templates");
    List<RenderingCase> cases = RenderingCases.read(Files.readString(expected));
    List<String> differences = new ArrayList<>();
    for (RenderingCase one : cases) {
      String source = Files.readString(FOLDER.resolve(one.template() + ".jinja"));
      one.difference(source)
          .ifPresent(d -> differences.add(one.template() + ", " + one.scenario() + ": " + d));
    }
    assertThat(differences).isEmpty();
    assertThat(cases.stream().filter(one -> one.expected().isPresent()).count())
        .isGreaterThanOrEqualTo(344);
  }

  @Test
  void a_case_tells_where_a_rendering_differs() {
    RenderingCase one = only("\"abd\"");
    assertThat(one.difference("ab{{ 'c' }}"))
        .contains("From character 2 on, 'd' is expected, but 'c' came.");
    assertThat(one.difference("abd")).isEmpty();
    assertThat(one.difference("{{ raise_exception('no') }}"))
        .contains(
            "A text is expected, but: The chat template refuses the conversation at line 1: no.");
  }

  @Test
  void a_case_without_a_text_expects_a_refusal() {
    RenderingCase one = RenderingCases.read(json("{}")).getFirst();
    assertThat(one.expected()).isEqualTo(Optional.empty());
    assertThat(one.difference("{{ raise_exception('no') }}")).isEmpty();
    assertThat(one.difference("text")).contains("A refusal is expected, but a text came.");
  }

  private static RenderingCase only(String expected) {
    return RenderingCases.read(json("{\"user\": " + expected + "}")).getFirst();
  }

  private static String json(String expected) {
    return """
        {"context": {"bos_token": "<s>", "now": "2026-01-02T03:04:05"},
         "scenarios": {"user": {"messages": [{"role": "user", "content": "Hi"}]}},
         "expected": {"t": %s}}
        """
        .formatted(expected);
  }
}
