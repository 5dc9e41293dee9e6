package dev.tsuku.llm.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.StatusResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

class WireTest {

  private static final ToolCall CALL = new ToolCall("c1", "fetch_file", "{\"path\":\"a\"}");

  @Test
  void a_prompt_is_sent_with_all_that_it_says() {
    CompletionRequest request =
        Wire.request(
            Prompt.of("hello")
                .withSystem("be brief")
                .withTools(List.of(new Prompt.Tool("fetch_file", "Fetches.", "{}")))
                .withParallelToolCalls(true)
                .withJsonSchema("{\"type\":\"object\"}")
                .withMaxTokens(12)
                .withModel("/m.gguf"));
    assertThat(request.getSystemPrompt()).isEqualTo("be brief");
    assertThat(request.getMessages(0).getRole()).isEqualTo(Role.ROLE_USER);
    assertThat(request.getMessages(0).getContent()).isEqualTo("hello");
    assertThat(request.getTools(0).getName()).isEqualTo("fetch_file");
    assertThat(request.getTools(0).getDescription()).isEqualTo("Fetches.");
    assertThat(request.getTools(0).getParametersSchema()).isEqualTo("{}");
    assertThat(request.getParallelToolCalls()).isTrue();
    assertThat(request.getJsonSchema()).isEqualTo("{\"type\":\"object\"}");
    assertThat(request.getMaxTokens()).isEqualTo(12);
    assertThat(request.getModel()).isEqualTo("/m.gguf");
  }

  @Test
  void what_a_prompt_leaves_open_is_the_daemons_choice() {
    CompletionRequest request = Wire.request(Prompt.of("hello"));
    assertThat(request.getMaxTokens()).isZero();
    assertThat(request.getModel()).isEmpty();
    assertThat(request.getParallelToolCalls()).isFalse();
  }

  @Test
  void an_answer_goes_back_as_it_came() {
    CompletionResponse response =
        CompletionResponse.newBuilder()
            .setContent("Let me see.")
            .setStopReason("tool_use")
            .addToolCalls(
                dev.tsuku.llm.protocol.v1.ToolCall.newBuilder()
                    .setId(CALL.id())
                    .setName(CALL.name())
                    .setArgumentsJson(CALL.arguments()))
            .build();
    Completion completion = Wire.completion(response);
    assertThat(completion.toolCalls()).containsExactly(CALL);
    CompletionRequest next =
        Wire.request(Prompt.of(List.of(new Message.User("x"), completion.asMessage())));
    assertThat(next.getMessages(1).getRole()).isEqualTo(Role.ROLE_ASSISTANT);
    assertThat(next.getMessages(1).getContent()).isEqualTo("Let me see.");
    assertThat(next.getMessages(1).getToolCallsList()).isEqualTo(response.getToolCallsList());
  }

  @Test
  void a_tools_result_is_a_user_message_without_content() {
    CompletionRequest request =
        Wire.request(Prompt.of(List.of(new Message.ToolResult("c1", "no such file", true))));
    assertThat(request.getMessages(0).getRole()).isEqualTo(Role.ROLE_USER);
    assertThat(request.getMessages(0).getContent()).isEmpty();
    assertThat(request.getMessages(0).getToolResult().getToolCallId()).isEqualTo("c1");
    assertThat(request.getMessages(0).getToolResult().getContent()).isEqualTo("no such file");
    assertThat(request.getMessages(0).getToolResult().getIsError()).isTrue();
  }

  @Test
  void an_unknown_stop_reason_is_refused_by_name() {
    assertThatThrownBy(
            () -> Wire.completion(CompletionResponse.newBuilder().setStopReason("tired").build()))
        .isInstanceOf(ClientException.class)
        .hasMessageContaining("'tired'");
  }

  @Test
  void a_model_state_from_the_future_is_unknown() {
    StatusResponse response = StatusResponse.newBuilder().setModelStateValue(99).build();
    assertThat(Wire.status(response).model().state()).isEqualTo(DaemonStatus.ModelState.UNKNOWN);
  }
}
