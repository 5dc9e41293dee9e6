package dev.tsuku.llm.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.protocol.Reason;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.ToolCall;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.protocol.v1.ToolResult;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.ToolDefinition;
import dev.tsuku.llm.template.Turn;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {

  private static Message user(String text) {
    return Message.newBuilder().setRole(Role.ROLE_USER).setContent(text).build();
  }

  private static Message toolResult(Role role) {
    return Message.newBuilder()
        .setRole(role)
        .setToolResult(
            ToolResult.newBuilder().setToolCallId("c1").setContent("out").setIsError(true))
        .build();
  }

  private static void assertRefused(CompletionRequest request, Reason reason, String... words) {
    assertThatThrownBy(() -> RequestReader.read("r1", request))
        .isInstanceOfSatisfying(
            InvalidRequestException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContainingAll(words);
  }

  @Test
  void how_tokens_are_chosen_comes_in_whole() {
    CompletionRequest request =
        CompletionRequest.newBuilder()
            .addMessages(user("Hi"))
            .setTemperature(0.7f)
            .setTopK(40)
            .setTopP(0.95f)
            .setMinP(0.05f)
            .setRepetitionPenalty(1.1f)
            .setSeed(-1)
            .addStop("END")
            .build();
    GenerationRequest read = RequestReader.read("r1", request);
    assertThat(read.sampling())
        .isEqualTo(new Sampling(0.7, 40, 0.95, 0.05, 1.1, OptionalLong.of(-1)));
    assertThat(read.stop()).containsExactly("END");
  }

  @Test
  void without_a_word_about_it_the_likeliest_token_is_taken() {
    GenerationRequest read =
        RequestReader.read("r1", CompletionRequest.newBuilder().addMessages(user("Hi")).build());
    assertThat(read.sampling()).isEqualTo(Sampling.GREEDY);
    assertThat(read.stop()).isEmpty();
    CompletionRequest zeros =
        CompletionRequest.newBuilder()
            .addMessages(user("Hi"))
            .setTopP(0)
            .setRepetitionPenalty(0)
            .setSeed(0)
            .build();
    assertThat(RequestReader.read("r1", zeros).sampling())
        .as("0 is as if it were not said, but a seed may be 0")
        .isEqualTo(new Sampling(0, 0, 1, 0, 1, OptionalLong.of(0)));
  }

  @Test
  void a_way_to_choose_tokens_that_is_none_is_refused_by_name() {
    CompletionRequest.Builder hi = CompletionRequest.newBuilder().addMessages(user("Hi"));
    assertRefused(
        hi.clone().setTemperature(-1).build(), Reason.INVALID_REQUEST, "temperature", "-1");
    assertRefused(hi.clone().setTemperature(Float.NaN).build(), Reason.INVALID_REQUEST, "NaN");
    assertRefused(hi.clone().setTopP(1.1f).build(), Reason.INVALID_REQUEST, "top_p is 1.1;");
    assertRefused(hi.clone().setTopP(-1).build(), Reason.INVALID_REQUEST, "top_p is -1.0;");
    assertRefused(hi.clone().setTopK(-1).build(), Reason.INVALID_REQUEST, "top_k is -1;");
    assertRefused(hi.clone().setMinP(1).build(), Reason.INVALID_REQUEST, "min_p is 1.0;");
    assertRefused(
        hi.clone().setRepetitionPenalty(11).build(), Reason.INVALID_REQUEST, "repetition_penalty");
    assertRefused(hi.clone().addStop("").build(), Reason.INVALID_REQUEST, "stop[0]");
    assertRefused(
        hi.clone().addStop("a").addStop("x".repeat(257)).build(),
        Reason.INVALID_REQUEST,
        "stop[1]",
        "257");
    assertRefused(
        hi.clone().addAllStop(Collections.nCopies(17, "a")).build(), Reason.INVALID_REQUEST, "17");
  }

  @Test
  void a_conversation_comes_in_whole() {
    CompletionRequest request =
        CompletionRequest.newBuilder()
            .setSystemPrompt("Be brief.")
            .addMessages(user("Hi"))
            .addMessages(
                Message.newBuilder()
                    .setRole(Role.ROLE_ASSISTANT)
                    .setContent("Wait.")
                    .addToolCalls(
                        ToolCall.newBuilder()
                            .setId("c1")
                            .setName("get")
                            .setArgumentsJson("{\"a\":1}")))
            .addMessages(toolResult(Role.ROLE_USER))
            .addMessages(toolResult(Role.ROLE_TOOL))
            .build();
    assertThat(RequestReader.read("r1", request).conversation())
        .isEqualTo(
            new Conversation(
                "Be brief.",
                List.of(
                    new Turn.User("Hi"),
                    new Turn.Assistant(
                        "Wait.",
                        List.of(new dev.tsuku.llm.template.ToolCall("c1", "get", "{\"a\":1}"))),
                    new Turn.ToolResult("c1", "out", true),
                    new Turn.ToolResult("c1", "out", true))));
  }

  @ParameterizedTest
  @CsvSource({"0, 4096", "-1, 4096", "-2147483648, 4096", "1, 1", "2048, 2048"})
  void max_tokens_of_zero_or_less_is_the_default(int asked, int given) {
    CompletionRequest request =
        CompletionRequest.newBuilder().addMessages(user("Hi")).setMaxTokens(asked).build();
    assertThat(RequestReader.read("r1", request).maxTokens()).isEqualTo(given);
  }

  @Test
  void what_can_never_work_is_refused_by_the_fields_name() {
    assertRefused(CompletionRequest.getDefaultInstance(), Reason.INVALID_REQUEST, "messages");
    assertRefused(
        CompletionRequest.newBuilder()
            .addMessages(user("a"))
            .addMessages(Message.newBuilder().setContent("b"))
            .build(),
        Reason.INVALID_REQUEST,
        "messages[1].role",
        "ROLE_USER");
    assertRefused(
        CompletionRequest.newBuilder()
            .addMessages(Message.newBuilder().setRoleValue(9).setContent("b"))
            .build(),
        Reason.INVALID_REQUEST,
        "messages[0].role is 9");
    assertRefused(
        CompletionRequest.newBuilder()
            .addMessages(Message.newBuilder().setRole(Role.ROLE_TOOL).setContent("b"))
            .build(),
        Reason.INVALID_REQUEST,
        "messages[0].tool_result");
  }

  @Test
  void nothing_that_a_message_carries_is_dropped() {
    ToolCall call = ToolCall.newBuilder().setId("c1").setName("get").build();
    for (Role role : List.of(Role.ROLE_USER, Role.ROLE_TOOL)) {
      assertRefused(
          CompletionRequest.newBuilder()
              .addMessages(user("a"))
              .addMessages(toolResult(role).toBuilder().setContent("b"))
              .build(),
          Reason.INVALID_REQUEST,
          "messages[1].content",
          "tool_result");
      assertRefused(
          CompletionRequest.newBuilder()
              .addMessages(toolResult(role).toBuilder().addToolCalls(call))
              .build(),
          Reason.INVALID_REQUEST,
          "messages[0].tool_calls",
          "ROLE_ASSISTANT");
    }
    assertRefused(
        CompletionRequest.newBuilder()
            .addMessages(user("a").toBuilder().addToolCalls(call))
            .build(),
        Reason.INVALID_REQUEST,
        "messages[0].tool_calls");
    assertRefused(
        CompletionRequest.newBuilder().addMessages(toolResult(Role.ROLE_ASSISTANT)).build(),
        Reason.INVALID_REQUEST,
        "messages[0].tool_result");
  }

  @ParameterizedTest
  @ValueSource(strings = {"models/a.gguf", "./a.gguf", "../a", "~/a.gguf"})
  void a_relative_path_of_a_model_is_refused(String model) {
    CompletionRequest request = CompletionRequest.newBuilder().setModel(model).build();
    assertThatThrownBy(() -> RequestReader.model(request))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContainingAll("model is '" + model + "'", "absolute path");
  }

  @Test
  void a_model_is_a_name_or_an_absolute_path_or_left_to_the_daemon() {
    CompletionRequest.Builder request = CompletionRequest.newBuilder();
    assertThat(RequestReader.model(request.build())).isEmpty();
    assertThat(RequestReader.model(request.setModel("qwen").build())).contains("qwen");
    assertThat(RequestReader.model(request.setModel("/a/b.gguf").build())).contains("/a/b.gguf");
  }

  private static CompletionRequest.Builder withTools(String... names) {
    CompletionRequest.Builder request = CompletionRequest.newBuilder().addMessages(user("a"));
    for (String name : names) {
      request.addTools(ToolDef.newBuilder().setName(name).setParametersSchema("{}"));
    }
    return request;
  }

  @Test
  void tools_and_a_schema_are_taken_over() {
    GenerationRequest request =
        RequestReader.read("r", withTools("get", "put").setToolChoice("put").build());
    assertThat(request.conversation().tools())
        .containsExactly(new ToolDefinition("get", "", "{}"), new ToolDefinition("put", "", "{}"));
    assertThat(request.toolChoice()).isEqualTo(new ToolChoice.Named("put"));
    assertThat(RequestReader.read("r", withTools().setJsonSchema("{}").build()).jsonSchema())
        .isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource({"'', Auto", "auto, Auto", "required, Required", "none, None", "get, Named"})
  void a_choice_of_tools_is_one_of_four(String choice, String kind) {
    assertThat(RequestReader.read("r", withTools("get").setToolChoice(choice).build()).toolChoice())
        .extracting(it -> it.getClass().getSimpleName())
        .isEqualTo(kind);
  }

  @Test
  void an_answer_has_one_call_unless_more_are_allowed() {
    assertThat(RequestReader.read("r", withTools("get").build()).parallelToolCalls()).isFalse();
    assertThat(
            RequestReader.read("r", withTools("get").setParallelToolCalls(true).build())
                .parallelToolCalls())
        .isTrue();
  }

  @Test
  void tools_that_cannot_be_called_are_refused() {
    assertRefused(withTools("get it").build(), Reason.INVALID_REQUEST, "tools[0].name is 'get it'");
    assertRefused(withTools("").build(), Reason.INVALID_REQUEST, "tools[0].name is ''");
    assertRefused(
        withTools("get", "get").build(), Reason.INVALID_REQUEST, "tools[1].name is 'get'");
    assertRefused(
        withTools("get").setToolChoice("put").build(),
        Reason.INVALID_REQUEST,
        "tool_choice is 'put'");
    assertRefused(
        withTools().setToolChoice("required").build(), Reason.INVALID_REQUEST, "no tools");
    assertRefused(
        withTools("get").setToolChoice("required").setJsonSchema("{}").build(),
        Reason.INVALID_REQUEST,
        "json_schema");
  }

  @Test
  void json_is_not_cut_in_two_by_a_stop() {
    assertRefused(
        withTools().setJsonSchema("{}").addStop("x").build(),
        Reason.INVALID_REQUEST,
        "stop is set");
  }
}
