package dev.tsuku.llm.template;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;

/** Whatever a model's file has as its template, it renders or fails with a sentence. */
class ChatTemplateFuzzTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-23T10:00:00Z"), ZoneOffset.UTC);

  private static final Conversation CONVERSATION =
      new Conversation(
          "Be brief.",
          List.of(
              new Turn.User("Get it."),
              new Turn.Assistant("", List.of(new ToolCall("c1", "get", "{\"a\": 1}"))),
              new Turn.ToolResult("c1", "Got.", false)),
          List.of(new ToolDefinition("get", "Gets.", "{\"type\": \"object\"}")));

  @FuzzTest(maxDuration = "60s")
  void any_text_is_a_template_or_refused(byte[] bytes) {
    try {
      ChatTemplate template =
          ChatTemplate.parse(
              new String(bytes, StandardCharsets.UTF_8), new BoundaryTokens("<s>", "</s>"), CLOCK);
      var _ = template.render(CONVERSATION);
      var _ = template.callShape();
    } catch (TemplateException e) {
      if (String.valueOf(e.getMessage()).isBlank()) {
        throw new AssertionError("a refusal without a sentence", e);
      }
    }
  }
}
