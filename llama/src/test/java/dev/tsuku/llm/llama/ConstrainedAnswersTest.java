package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.regex.JoniRegularExpressionFactory;
import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.EngineSettings;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.grammar.conformance.SchemaCase;
import dev.tsuku.llm.grammar.conformance.SchemaCases;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.ToolCall;
import dev.tsuku.llm.template.ToolDefinition;
import dev.tsuku.llm.template.Turn;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyShape;
import dev.tsuku.llm.testkit.TinyVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model that says anything at all, real but for its weights, is held to schemas; somebody else's
 * validator judges what comes out.
 */
class ConstrainedAnswersTest {

  private static final double[] TEMPERATURES = {0, 0.7, 1, 2};
  private static final int SAMPLE = 120;
  private static final Pattern MANY_DIGITS = Pattern.compile("\\d{16}");

  private static final List<ToolDefinition> TOOLS =
      List.of(
          new ToolDefinition(
              "fetch_file",
              "Fetches.",
              "{\"type\": \"object\", \"properties\": {\"path\": {\"type\": \"string\","
                  + " \"maxLength\": 40}}, \"required\": [\"path\"], \"additionalProperties\":"
                  + " false}"),
          new ToolDefinition(
              "extract",
              "Extracts.",
              "{\"type\": \"object\", \"properties\": {\"mappings\": {\"type\": \"array\","
                  + " \"maxItems\": 3, \"items\": {\"type\": \"object\", \"properties\": {\"os\":"
                  + " {\"enum\": [\"linux\", \"darwin\"]}, \"n\": {\"type\": \"integer\"}},"
                  + " \"required\": [\"os\"], \"additionalProperties\": false}}}, \"required\":"
                  + " [\"mappings\"], \"additionalProperties\": false}"));

  private static Engine engine;

  @BeforeAll
  static void open(@TempDir Path directory) throws IOException {
    TinyVocabulary vocabulary =
        TinyVocabulary.chat()
            .withControl("<tool_call>")
            .withControl("</tool_call>")
            .withWords("{\"name", "\": \"", "\", \"", "\"}", "}}\n", "\":", "[{\"", "}]", "true")
            .withWords("arguments", "fetch", "linux", " the", "00", ", ", "\\n", "\\u00", "name");
    Path file =
        TinyGguf.random(vocabulary)
            .shaped(TinyShape.SMALL.withContext(4096))
            .writeTo(directory.resolve("random.gguf"));
    engine =
        Engine.open(
            Native.backend().load(file, LoadMonitor.NONE),
            new EngineSettings(8192, 64, 64, 16, 4, 1, 8));
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private record Answer(String text, List<ToolCall> calls, GenerationResult result) {}

  private static CompletableFuture<Answer> submit(GenerationRequest request) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    StringBuilder text = new StringBuilder();
    List<ToolCall> calls = new ArrayList<>();
    engine.submit(
        request,
        event -> {
          switch (event) {
            case GenerationEvent.Text more -> text.append(more.text());
            case GenerationEvent.Called(ToolCall call) -> calls.add(call);
            case GenerationEvent.Finished(GenerationResult result) ->
                answer.complete(new Answer(text.toString(), List.copyOf(calls), result));
            case GenerationEvent.Failed(EngineException cause) ->
                answer.completeExceptionally(cause);
            case GenerationEvent.Queued queued -> {}
            case GenerationEvent.Prefill prefill -> {}
          }
        });
    return answer;
  }

  private static Sampling sampling(double temperature, long seed) {
    return new Sampling(temperature, 0, 1, 0, 1, OptionalLong.of(seed));
  }

  private static GenerationRequest ofSchema(
      String schema, int maxTokens, double temperature, long seed) {
    return new GenerationRequest(
        "schema",
        new Conversation("", List.of(new Turn.User("Number " + seed))),
        maxTokens,
        sampling(temperature, seed),
        List.of(),
        schema,
        ToolChoice.AUTO);
  }

  private static GenerationRequest ofTools(
      ToolChoice choice, int maxTokens, double temperature, long seed) {
    return ofTools(choice, false, maxTokens, temperature, seed);
  }

  private static GenerationRequest ofTools(
      ToolChoice choice, boolean parallel, int maxTokens, double temperature, long seed) {
    return new GenerationRequest(
        "tools",
        new Conversation("", List.of(new Turn.User("Number " + seed)), TOOLS),
        maxTokens,
        sampling(temperature, seed),
        List.of(),
        "",
        choice,
        parallel,
        "");
  }

  private static void requireValid(String schema, String answer) {
    assertThat(errors(schema, answer)).as("%s for %s", answer, schema).isEmpty();
  }

  private static List<Error> errors(String schema, String answer) {
    return SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder ->
                builder.schemaRegistryConfig(
                    SchemaRegistryConfig.builder()
                        .regularExpressionFactory(JoniRegularExpressionFactory.getInstance())
                        .build()))
        .getSchema(schema, InputFormat.JSON)
        .validate(answer, InputFormat.JSON)
        .stream()
        // It takes no time zones that no place has; what formats are is tested elsewhere.
        .filter(error -> !error.getKeyword().equals("format"))
        .toList();
  }

  @Test
  void answers_obey_their_schemas_at_any_temperature_and_length(TestReporter reporter)
      throws IOException {
    List<SchemaCase> cases =
        new ArrayList<>(SchemaCases.readLines(Native.shared("schemas/maskbench-fifth.jsonl.gz")));
    Collections.shuffle(cases, new Random(11));
    reporter.publishEntry("tried", tryAll(cases.subList(0, SAMPLE), 1));
  }

  @Test
  @Tag("long")
  void answers_to_all_schemas_obey_them(TestReporter reporter) throws IOException {
    reporter.publishEntry(
        "tried",
        tryAll(SchemaCases.readLines(Native.shared("schemas/maskbench-fifth.jsonl.gz")), 4));
  }

  private static String tryAll(List<SchemaCase> cases, int rounds) {
    int answers = 0;
    int refused = 0;
    int full = 0;
    int unjudged = 0;
    Random random = new Random(3);
    for (SchemaCase one : cases) {
      String schema = JsonWriter.compact(one.schema());
      for (int round = 0; round < rounds; round++) {
        double temperature = TEMPERATURES[random.nextInt(TEMPERATURES.length)];
        int maxTokens = 1 + random.nextInt(150);
        long seed = random.nextInt(1 << 20);
        try {
          Answer answer = submit(ofSchema(schema, maxTokens, temperature, seed)).join();
          assertThat(answer.result().outputTokens()).isLessThanOrEqualTo(maxTokens);
          try {
            // It divides as binary fractions, which are not exact beyond 15 digits.
            if (schema.contains("multipleOf") && MANY_DIGITS.matcher(answer.text()).find()) {
              unjudged++;
            } else {
              requireValid(schema, answer.text());
            }
          } catch (UnsupportedOperationException | SchemaException e) {
            // It knows fewer schemas than there are.
            unjudged++;
          }
          answers++;
          full += answer.result().stopReason() == StopReason.MAX_TOKENS ? 1 : 0;
        } catch (EngineException e) {
          assertThat(e.kind()).isEqualTo(EngineException.Kind.SCHEMA_REFUSED);
          refused++;
        } catch (CompletionException e) {
          assertThat(e.getCause())
              .isInstanceOfSatisfying(
                  EngineException.class,
                  cause ->
                      assertThat(cause.kind())
                          .as(one.name())
                          .isEqualTo(EngineException.Kind.ANSWER_TOO_LONG));
          refused++;
        }
      }
    }
    assertThat(answers).isGreaterThan(refused);
    assertThat(unjudged).isLessThan(answers / 20);
    return "%d answers, %d of them cut short, %d not judged; %d refused"
        .formatted(answers, full, unjudged, refused);
  }

  @Test
  void calls_that_are_required_are_made_and_obey_the_schemas_of_their_tools() {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int seed = 0; seed < 40; seed++) {
      answers.add(
          submit(
              ofTools(
                  ToolChoice.REQUIRED,
                  60 + 4 * seed,
                  TEMPERATURES[seed % TEMPERATURES.length],
                  seed)));
    }
    for (CompletableFuture<Answer> future : answers) {
      Answer answer = future.join();
      assertThat(answer.text()).isEmpty();
      assertThat(answer.calls()).hasSize(1);
      answer.calls().forEach(ConstrainedAnswersTest::requireValid);
    }
  }

  @Test
  void several_calls_where_they_are_allowed_are_all_different() {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int seed = 0; seed < 20; seed++) {
      answers.add(submit(ofTools(ToolChoice.REQUIRED, true, 600, seed % 3, seed)));
    }
    int most = 0;
    for (CompletableFuture<Answer> future : answers) {
      List<ToolCall> calls = future.join().calls();
      assertThat(calls).isNotEmpty().hasSizeLessThanOrEqualTo(32);
      assertThat(calls).extracting(ToolCall::id).doesNotHaveDuplicates();
      assertThat(calls)
          .extracting(call -> call.name() + JsonReader.read(call.argumentsJson()))
          .doesNotHaveDuplicates();
      calls.forEach(ConstrainedAnswersTest::requireValid);
      most = Math.max(most, calls.size());
    }
    assertThat(most).isGreaterThan(1);
  }

  private static void requireValid(ToolCall call) {
    ToolDefinition tool =
        TOOLS.stream().filter(it -> it.name().equals(call.name())).findFirst().orElseThrow();
    requireValid(tool.parametersJson(), call.argumentsJson());
  }

  @Test
  void a_tool_that_is_named_is_called() {
    for (int seed = 0; seed < 8; seed++) {
      Answer answer = submit(ofTools(new ToolChoice.Named("extract"), 300, 1, seed)).join();
      assertThat(answer.calls()).hasSize(1);
      assertThat(answer.calls()).allMatch(call -> call.name().equals("extract"));
      answer.calls().forEach(ConstrainedAnswersTest::requireValid);
    }
  }

  @Test
  void a_model_that_may_call_tools_talks_or_calls_them() {
    int called = 0;
    int talked = 0;
    for (int seed = 0; seed < 60; seed++) {
      Answer answer = submit(ofTools(ToolChoice.AUTO, 120, 1.5, seed)).join();
      assertThat(answer.text()).doesNotContain("<tool_call>");
      answer.calls().forEach(ConstrainedAnswersTest::requireValid);
      called += answer.calls().isEmpty() ? 0 : 1;
      talked += answer.text().isEmpty() ? 0 : 1;
      if (answer.result().stopReason() == StopReason.TOOL_USE) {
        assertThat(answer.calls()).isNotEmpty();
      }
    }
    assertThat(called).isPositive();
    assertThat(talked).isPositive();
  }

  @Test
  void tools_that_must_not_be_called_are_not() {
    for (int seed = 0; seed < 20; seed++) {
      assertThat(submit(ofTools(ToolChoice.NONE, 80, 1.5, seed)).join().calls()).isEmpty();
    }
  }

  @Test
  void an_answer_that_cannot_be_short_enough_is_refused_before_any_work() {
    String schema = "{\"type\": \"string\", \"minLength\": 50}";
    assertThatThrownBy(() -> submit(ofSchema(schema, 10, 0, 1)).join())
        .cause()
        .hasMessageContaining("max_tokens is 10")
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.ANSWER_TOO_LONG));
    assertThat(submit(ofSchema(schema, 60, 0, 1)).join().text()).hasSizeGreaterThan(50);
  }

  @Test
  void strings_that_have_to_occur_in_the_messages_do() {
    String said =
        "Assets: [\"tool_1.2_linux_amd64.tar.gz\", \"tool_1.2_darwin_arm64.zip\"]\nThe Größe is 7.";
    String schema =
        "{\"type\": \"object\", \"properties\": {\"asset\": {\"type\": \"string\", \"x-grounded\":"
            + " \"quoted\"}, \"part\": {\"type\": \"string\", \"x-grounded\": \"substring\"}},"
            + " \"required\": [\"asset\", \"part\"], \"additionalProperties\": false}";
    for (double temperature : TEMPERATURES) {
      for (int maxTokens : new int[] {60, 100, 400}) {
        Answer answer =
            submit(
                    new GenerationRequest(
                        "grounded",
                        new Conversation("", List.of(new Turn.User(said))),
                        maxTokens,
                        sampling(temperature, maxTokens),
                        List.of(),
                        schema,
                        ToolChoice.AUTO))
                .join();
        Json.Obj value = (Json.Obj) JsonReader.read(answer.text());
        String asset = ((Json.Text) value.get("asset").orElseThrow()).value();
        String part = ((Json.Text) value.get("part").orElseThrow()).value();
        assertThat(asset)
            .isIn("tool_1.2_linux_amd64.tar.gz", "tool_1.2_darwin_arm64.zip", "The Größe is 7.");
        assertThat(part).isNotEmpty();
        assertThat(said).contains(part);
      }
    }
  }
}
