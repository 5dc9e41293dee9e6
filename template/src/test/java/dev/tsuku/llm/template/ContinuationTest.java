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
  void nothing_said_is_no_prompt() {
    assertThat(new Continuation().render(new Conversation("", List.of(new Turn.User("")))))
        .isEmpty();
  }
}
