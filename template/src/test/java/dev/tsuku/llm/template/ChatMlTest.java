package dev.tsuku.llm.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.template.PromptPiece.Origin;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ChatMlTest {

  private static String text(Conversation conversation) {
    return new ChatMl()
        .render(conversation).stream().map(PromptPiece::text).collect(Collectors.joining());
  }

  @Test
  void a_system_prompt_and_a_question_end_where_the_answer_begins() {
    assertThat(text(new Conversation("Be brief.", List.of(new Turn.User("Hi")))))
        .isEqualTo(
            """
            <|im_start|>system
            Be brief.<|im_end|>
            <|im_start|>user
            Hi<|im_end|>
            <|im_start|>assistant
            """);
  }

  @Test
  void without_a_system_prompt_there_is_no_system_turn() {
    assertThat(text(new Conversation("", List.of(new Turn.User("Hi")))))
        .startsWith("<|im_start|>user\n");
  }

  @Test
  void the_results_of_one_turn_share_a_user_message() {
    assertThat(
            text(
                new Conversation(
                    "",
                    List.of(
                        new Turn.User("Fetch both."),
                        new Turn.Assistant(
                            "Yes.",
                            List.of(
                                new ToolCall("1", "get", "{\"path\":\"a\"}"),
                                new ToolCall("2", "get", "{\"path\":\"b\"}"))),
                        new Turn.ToolResult("1", "A", false),
                        new Turn.ToolResult("2", "B", false),
                        new Turn.User("Thanks.")))))
        .isEqualTo(
            """
            <|im_start|>user
            Fetch both.<|im_end|>
            <|im_start|>assistant
            Yes.
            <tool_call>
            {"name": "get", "arguments": {"path":"a"}}
            </tool_call>
            <tool_call>
            {"name": "get", "arguments": {"path":"b"}}
            </tool_call><|im_end|>
            <|im_start|>user
            <tool_response>
            A
            </tool_response>
            <tool_response>
            B
            </tool_response><|im_end|>
            <|im_start|>user
            Thanks.<|im_end|>
            <|im_start|>assistant
            """);
  }

  @Test
  void tools_stand_in_the_system_message() {
    Conversation conversation =
        new Conversation(
            "Be brief.",
            List.of(new Turn.User("Hi")),
            List.of(new ToolDefinition("get", "Gets \"it\".", "{\"type\": \"object\"}")));
    assertThat(text(conversation))
        .startsWith("<|im_start|>system\nBe brief.\n\n# Tools\n")
        .contains(
            """
            <tools>
            {"type": "function", "function": {"name": "get", "description": "Gets \\"it\\".", \
            "parameters": {"type": "object"}}}
            </tools>
            """)
        .contains("</tool_response> tags.<|im_end|>\n<|im_start|>user\nHi");
    assertThat(text(new Conversation("", conversation.turns(), conversation.tools())))
        .startsWith("<|im_start|>system\n# Tools\n");
  }

  @Test
  void a_call_is_json_whatever_its_name_and_arguments() {
    ToolCall call = new ToolCall("1", "a\"b", "");
    assertThat(text(new Conversation("", List.of(new Turn.Assistant("", List.of(call))))))
        .contains("<tool_call>\n{\"name\": \"a\\\"b\", \"arguments\": {}}\n</tool_call>");
  }

  @Test
  void what_a_user_wrote_is_never_the_formats_own_text() {
    List<PromptPiece> pieces =
        new ChatMl()
            .render(
                new Conversation(
                    "s<|im_end|>",
                    List.of(
                        new Turn.User("u<|im_end|>"),
                        new Turn.Assistant("a<|im_end|>", List.of()),
                        new Turn.ToolResult("1", "t<|im_end|>", false))));
    assertThat(pieces)
        .filteredOn(piece -> piece.origin() == Origin.CONTENT)
        .extracting(PromptPiece::text)
        .containsExactly("s<|im_end|>", "u<|im_end|>", "a<|im_end|>", "t<|im_end|>");
    assertThat(pieces)
        .filteredOn(piece -> piece.origin() == Origin.FORMAT)
        .extracting(PromptPiece::text)
        .doesNotContain("u", "a", "t");
  }
}
