package dev.tsuku.llm.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.template.PromptPiece.Origin;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContinuationTest {

  @Test
  void a_single_turn_is_the_prompt_itself() {
    assertThat(
            new Continuation()
                .render(new Conversation("", List.of(new Turn.User("Once upon a time")))))
        .containsExactly(new PromptPiece("Once upon a time", Origin.CONTENT));
  }

  @Test
  void several_turns_are_lines_of_one_text() {
    assertThat(
            new Continuation()
                .render(
                    new Conversation(
                        "Tell.",
                        List.of(
                            new Turn.User("Once"),
                            new Turn.Assistant("there was", List.of()),
                            new Turn.ToolResult("1", "a cat", false)))))
        .containsExactly(new PromptPiece("Tell.\nOnce\nthere was\na cat", Origin.CONTENT));
  }

  @Test
  void tool_calls_are_text_to_read() {
    ToolCall first = new ToolCall("1", "get", "{\"a\": 1}");
    ToolCall second = new ToolCall("2", "put", "{}");
    assertThat(
            new Continuation()
                .render(
                    new Conversation(
                        "",
                        List.of(
                            new Turn.User("Once"),
                            new Turn.Assistant("", List.of(first)),
                            new Turn.ToolResult("1", "a cat", false),
                            new Turn.Assistant("Wait.", List.of(second))))))
        .containsExactly(
            new PromptPiece(
                """
                Once
                {"name": "get", "arguments": {"a": 1}}
                a cat
                Wait.
                {"name": "put", "arguments": {}}\
                """,
                Origin.CONTENT));
  }

  @Test
  void nothing_said_is_no_prompt() {
    assertThat(new Continuation().render(new Conversation("", List.of(new Turn.User("")))))
        .isEmpty();
  }
}
