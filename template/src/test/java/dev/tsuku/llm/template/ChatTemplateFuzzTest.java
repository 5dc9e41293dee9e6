package dev.tsuku.llm.template;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;

/** Whatever a model's file has as its template, it renders or fails with a sentence. */
class ChatTemplateFuzzTest {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** A dozen renderings of at most some 200 ms each, several times slower by what Jazzer adds. */
  private static final long MOST_NANOS = 20_000_000_000L;

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
    long begun = THREADS.getCurrentThreadCpuTime();
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
    long used = THREADS.getCurrentThreadCpuTime() - begun;
    if (used > MOST_NANOS) {
      throw new AssertionError("it took " + used / 1_000_000 + " ms of processor time");
    }
  }
}
