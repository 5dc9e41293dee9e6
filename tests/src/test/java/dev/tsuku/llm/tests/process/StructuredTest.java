package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import dev.tsuku.llm.grammar.conformance.SchemaCase;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.protocol.v1.CompletionEvent;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.Message;
import dev.tsuku.llm.protocol.v1.Role;
import dev.tsuku.llm.protocol.v1.ToolCall;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.protocol.v1.ToolResult;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyShape;
import dev.tsuku.llm.testkit.TinyVocabulary;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Answers that have to be something, of a model that would say anything at all. */
class StructuredTest {

  private static final String PERSON =
      "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\", \"maxLength\": 12},"
          + " \"born\": {\"type\": \"integer\", \"minimum\": 1000, \"maximum\": 2030}, \"kind\":"
          + " {\"enum\": [\"person\", \"place\"]}}, \"required\": [\"name\", \"born\", \"kind\"],"
          + " \"additionalProperties\": false}";

  private static final String FETCH =
      "{\"type\": \"object\", \"properties\": {\"path\": {\"type\": \"string\", \"maxLength\": 30}},"
          + " \"required\": [\"path\"], \"additionalProperties\": false}";

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  @BeforeEach
  void install() throws IOException {
    TinyVocabulary vocabulary =
        TinyVocabulary.chat()
            .withControl("<tool_call>")
            .withControl("</tool_call>")
            .withWords("{\"name", "\": \"", "\", \"", "\"}", "}}\n", "arguments", "fetch", " the");
    TinyGguf.random(vocabulary)
        .shaped(TinyShape.SMALL.withContext(8192))
        .writeTo(Files.createDirectories(home.resolve("models")).resolve("random.gguf"));
  }

  @AfterEach
  void stop() {
    tsuku().run("stop");
  }

  private static boolean obeys(String schema, String answer) {
    SchemaCase one =
        new SchemaCase(
            "answer",
            JsonReader.read(schema),
            List.of(new SchemaCase.Instance("answer", JsonReader.read(answer), true)));
    return one.run().isClean();
  }

  private static ToolDef tool(String name, String schema) {
    return ToolDef.newBuilder().setName(name).setParametersSchema(schema).build();
  }

  @Test
  void an_answer_obeys_the_schema_in_a_file() throws IOException {
    Path schema = Files.writeString(home.resolve("person.json"), PERSON);
    Result answer = tsuku().run("complete", "--schema", schema.toString(), "Ada Lovelace");
    assertThat(answer.status()).as(answer.err()).isZero();
    assertThat(obeys(PERSON, answer.out())).as(answer.out()).isTrue();
  }

  @Test
  void calls_of_the_tools_in_a_file_are_printed() throws IOException {
    Path tools =
        Files.writeString(
            home.resolve("tools.json"),
            "[{\"name\": \"fetch_file\", \"description\": \"Fetches.\", \"parameters\": "
                + FETCH
                + "}, {\"type\": \"function\", \"function\": {\"name\": \"stop\"}}]");
    Result printed =
        tsuku()
            .run("complete", "--tools", tools.toString(), "--tool-choice", "fetch_file", "Go on.");
    assertThat(printed.status()).as(printed.err()).isZero();
    assertThat(printed.out())
        .startsWith("{\"name\":\"fetch_file\",\"arguments\":{\"path\": \"")
        .endsWith("\"}}\n");
    Result json =
        tsuku()
            .run(
                "complete",
                "--json",
                "--tools",
                tools.toString(),
                "--tool-choice",
                "required",
                "Go on.");
    assertThat(json.out())
        .contains("\"tool_calls\":[{\"id\":\"", "\"stop_reason\":\"tool_use\"")
        .containsOnlyOnce("\"arguments\":");
  }

  @Test
  void bad_files_and_choices_are_named_before_anything_is_started() throws IOException {
    Path bad = Files.writeString(home.resolve("bad.json"), "{\"type\": 3}");
    Path none = Files.writeString(home.resolve("none.json"), "[]");
    assertRefused("bad.json", "complete", "--schema", bad.toString(), "x");
    assertRefused("no file", "complete", "--schema", home.resolve("gone").toString(), "x");
    assertRefused("holds no tools", "complete", "--tools", none.toString(), "x");
    assertRefused("--tool-choice", "complete", "--tool-choice", "auto", "x");
    assertRefused("--parallel-tool-calls", "complete", "--parallel-tool-calls", "x");
    assertThat(home.resolve("llm.sock")).doesNotExist();
  }

  /** A schema with a property that must be none of several objects. */
  private static String rejecting(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"not\": {\"const\": {\"a\": " + i + "}}}")
        .collect(
            Collectors.joining(
                ", ",
                "{\"type\": \"object\", \"properties\": {\"v\": {\"type\": \"object\", \"allOf\": [",
                "]}}, \"required\": [\"v\"], \"additionalProperties\": false}"));
  }

  @Test
  void a_schema_of_seventy_rejections_is_answered_and_harms_no_other() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionRequest plain = RawClient.ask("Say something.").setMaxTokens(60).build();
      String schema = rejecting(70);
      CompletionRequest heavy =
          RawClient.ask("Say more.").setJsonSchema(schema).setMaxTokens(60).build();
      List<ListenableFuture<CompletionResponse>> heavies = new ArrayList<>();
      List<ListenableFuture<CompletionResponse>> plains = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        heavies.add(client.begin(heavy));
        plains.add(client.begin(plain));
      }
      for (ListenableFuture<CompletionResponse> answer : plains) {
        assertThat(answer.get(60, TimeUnit.SECONDS).getUsage().getOutputTokens()).isPositive();
      }
      for (ListenableFuture<CompletionResponse> answer : heavies) {
        String content = answer.get(60, TimeUnit.SECONDS).getContent();
        assertThat(obeys(schema, content)).as(content).isTrue();
      }
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void what_the_check_of_a_schema_accepts_a_request_does_too() throws IOException {
    Path heavy = Files.writeString(home.resolve("heavy.json"), rejecting(70));
    Path tooHeavy = Files.writeString(home.resolve("too-heavy.json"), rejecting(300));
    assertThat(tsuku().run("schema", "check", heavy.toString()).status()).isZero();
    assertThat(tsuku().run("complete", "--schema", heavy.toString(), "Go on.").status()).isZero();
    assertRefused("at /properties/v", "schema", "check", tooHeavy.toString());
    assertRefused("at /properties/v", "complete", "--schema", tooHeavy.toString(), "Go on.");
  }

  private void assertRefused(String named, String... arguments) {
    Result result = tsuku().run(arguments);
    assertThat(result.status()).isNotZero();
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).contains(named);
  }

  @Test
  void constrained_and_free_answers_do_not_disturb_each_other() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionRequest free = RawClient.ask("Say something.").setMaxTokens(60).build();
      String alone = client.blocking().complete(free).getContent();
      List<ListenableFuture<CompletionResponse>> answers = new ArrayList<>();
      List<ListenableFuture<CompletionResponse>> freely = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        CompletionRequest.Builder request =
            RawClient.ask("Number " + i).setMaxTokens(50 + i).setTemperature(i % 3).setSeed(i);
        answers.add(client.future().complete(request.setJsonSchema(PERSON).build()));
        freely.add(client.future().complete(free));
      }
      for (ListenableFuture<CompletionResponse> answer : answers) {
        CompletionResponse response = answer.get(60, TimeUnit.SECONDS);
        assertThat(obeys(PERSON, response.getContent())).as(response.getContent()).isTrue();
        assertThat(response.getUsage().getOutputTokens()).isLessThanOrEqualTo(61);
      }
      for (ListenableFuture<CompletionResponse> answer : freely) {
        assertThat(answer.get(60, TimeUnit.SECONDS).getContent()).isEqualTo(alone);
      }
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void a_conversation_goes_on_with_calls_and_what_they_returned() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionRequest.Builder request =
          RawClient.ask("Read the file.")
              .addTools(tool("fetch_file", FETCH))
              .addTools(tool("look", PERSON))
              .setToolChoice("required")
              .setMaxTokens(400);
      int cached = 0;
      for (int turn = 0; turn < 3; turn++) {
        CompletionResponse response = client.blocking().complete(request.build());
        assertThat(response.getToolCallsList()).isNotEmpty();
        assertThat(response.getContent()).isEmpty();
        request.addMessages(
            Message.newBuilder()
                .setRole(Role.ROLE_ASSISTANT)
                .addAllToolCalls(response.getToolCallsList()));
        for (ToolCall call : response.getToolCallsList()) {
          String schema = call.getName().equals("look") ? PERSON : FETCH;
          assertThat(obeys(schema, call.getArgumentsJson())).isTrue();
          request.addMessages(
              Message.newBuilder()
                  .setRole(Role.ROLE_USER)
                  .setToolResult(
                      ToolResult.newBuilder().setToolCallId(call.getId()).setContent("nothing")));
        }
        assertThat(response.getUsage().getCachedInputTokens()).isGreaterThanOrEqualTo(cached);
        cached = response.getUsage().getInputTokens();
      }
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void a_stream_tells_each_call_when_it_is_whole() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      var events =
          client
              .blocking()
              .completeStream(
                  RawClient.ask("Read the file.")
                      .addTools(tool("fetch_file", FETCH))
                      .setToolChoice("fetch_file")
                      .setMaxTokens(300)
                      .build());
      List<ToolCall> calls = new ArrayList<>();
      CompletionEvent last = CompletionEvent.getDefaultInstance();
      while (events.hasNext()) {
        last = events.read();
        if (last.hasToolCall()) {
          calls.add(last.getToolCall());
        }
      }
      assertThat(calls).isNotEmpty().isEqualTo(last.getDone().getToolCallsList());
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void words_before_a_call_are_told_and_the_call_is_no_text() throws Exception {
    TinyGguf.saying(
            "I will look.\n<tool_call>\n{\"name\": \"fetch_file\", \"arguments\": {\"path\":"
                + " \"a.txt\"}}\n</tool_call>")
        .shaped(TinyShape.SMALL.withContext(4096))
        .writeTo(home.resolve("models/random.gguf"));
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionRequest.Builder request =
          RawClient.ask("Look.").addTools(tool("fetch_file", FETCH)).setMaxTokens(200);
      CompletionResponse response = client.blocking().complete(request.build());
      assertThat(response.getContent()).isEqualTo("I will look.");
      assertThat(response.getToolCallsList()).extracting(ToolCall::getName).contains("fetch_file");
      CompletionResponse talk = client.blocking().complete(request.setToolChoice("none").build());
      assertThat(talk.getToolCallsList()).isEmpty();
      assertThat(talk.getContent()).startsWith("I will look.").doesNotContain("<tool_call>");
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void thoughts_are_not_told() throws Exception {
    TinyGguf.saying("<think>\nHm, a file.\n</think>\n\nNo need to look.")
        .shaped(TinyShape.SMALL.withContext(4096))
        .writeTo(home.resolve("models/random.gguf"));
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path());
        RawClient client = new RawClient(home.path())) {
      CompletionResponse response =
          client
              .blocking()
              .complete(RawClient.ask("Look.").addTools(tool("fetch_file", FETCH)).build());
      assertThat(response.getContent()).isEqualTo("No need to look.");
      assertThat(response.getStopReason()).isEqualTo("end_turn");
      assertThat(daemon.isAlive()).isTrue();
    }
  }
}
