package dev.tsuku.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A fault in one request, at each stage of its way, while others are being answered: they get
 * exactly the text that they get alone.
 */
@Timeout(60)
class FaultIsolationTest {

  private static final EngineSettings SETTINGS = new EngineSettings(4096, 64, 64, 64, 4, 1, 8);
  private static final int ROUNDS = 20;

  /** The letter that only the prompt of the request at fault has. */
  static final char POISON = '#';

  /** A schema whose forced text has the poison. */
  private static final String POISONED_SCHEMA =
      "{\"type\": \"object\", \"properties\": {\"#\": {\"type\": \"string\"}}, \"required\": [\"#\"]}";

  private static final String SCHEMA =
      """
      {"type": "object", "properties": {"name": {"type": "string", "maxLength": 12},
       "size": {"type": "integer", "minimum": 0, "maximum": 99}}, "required": ["name", "size"],
       "additionalProperties": false}""";

  enum Stage {
    TEMPLATE,
    TOKENIZE,
    SAMPLE,
    DETOKENIZE,
    MATCH,
    FORCE,
    DRAFT,
    EMIT
  }

  @ParameterizedTest
  @EnumSource(Stage.class)
  void a_fault_of_one_request_ends_that_request_only(Stage stage) throws InterruptedException {
    Map<String, String> alone = new HashMap<>();
    try (Engine engine = Engine.open(new EchoModel(Optional.empty()), SETTINGS)) {
      for (String prompt : List.of("plain one", "plain two", "structured")) {
        alone.put(prompt, submit(engine, prompt, prompt.startsWith("s")).awaitText());
      }
    }
    EchoModel model = new EchoModel(Optional.of(stage));
    try (Engine engine = Engine.open(model, SETTINGS)) {
      for (int round = 0; round < ROUNDS; round++) {
        List<RecordingListener> others = new ArrayList<>();
        others.add(submit(engine, "plain one", false));
        RecordingListener faulty = submitFaulty(engine, stage);
        others.add(submit(engine, "plain two", false));
        others.add(submit(engine, "structured", true));
        assertThat(others.get(0).awaitText()).isEqualTo(alone.get("plain one"));
        assertThat(others.get(1).awaitText()).isEqualTo(alone.get("plain two"));
        assertThat(others.get(2).awaitText()).isEqualTo(alone.get("structured"));
        if (stage == Stage.DRAFT) {
          // Draft tokens only make an answer faster.
          assertThat(faulty.awaitText()).isNotEmpty();
        } else {
          EngineException failure = faulty.awaitFailure();
          assertThat(failure.getMessage()).doesNotContain("injected").doesNotContain("structured");
        }
      }
      assertThat(engine.isAlive()).isTrue();
    }
    if (stage != Stage.TEMPLATE && stage != Stage.EMIT && stage != Stage.DRAFT) {
      assertThat(model.faults()).isGreaterThanOrEqualTo(ROUNDS);
    }
  }

  @Test
  void a_fault_of_draft_tokens_changes_no_answer() throws InterruptedException {
    String prompt = "{\"name\": \"abcdefgh\", \"size\": 12} once more";
    EchoModel model = new EchoModel(Optional.of(Stage.DRAFT));
    try (Engine sound = Engine.open(new EchoModel(Optional.empty()), SETTINGS);
        Engine faulty = Engine.open(model, SETTINGS)) {
      assertThat(submit(faulty, prompt, true).awaitText())
          .isEqualTo(submit(sound, prompt, true).awaitText());
    }
    assertThat(model.faults()).isPositive();
  }

  @Test
  void an_answer_that_is_constrained_is_what_the_schema_allows() throws InterruptedException {
    try (Engine engine = Engine.open(new EchoModel(Optional.empty()), SETTINGS)) {
      assertThat(submit(engine, "structured", true).awaitText())
          .matches("\\{\"name\": ?\"[^\"]{0,12}\", ?\"size\": ?\\d{1,2}\\}");
    }
  }

  private static RecordingListener submitFaulty(Engine engine, Stage stage) {
    RecordingListener listener = new RecordingListener();
    GenerationListener told =
        stage == Stage.EMIT
            ? event -> {
              listener.onEvent(event);
              if (event instanceof GenerationEvent.Text) {
                throw new OutOfMemoryError("injected");
              }
            }
            : listener;
    String schema =
        switch (stage) {
          case MATCH, DRAFT -> SCHEMA;
          case FORCE -> POISONED_SCHEMA;
          case TEMPLATE, TOKENIZE, SAMPLE, DETOKENIZE, EMIT -> "";
        };
    engine.submit(request((stage == Stage.FORCE ? "" : POISON) + " at fault", schema), told);
    return listener;
  }

  private static RecordingListener submit(Engine engine, String prompt, boolean isConstrained) {
    RecordingListener listener = new RecordingListener();
    engine.submit(request(prompt, isConstrained ? SCHEMA : ""), listener);
    return listener;
  }

  private static GenerationRequest request(String prompt, String schema) {
    return new GenerationRequest(
        "r",
        new Conversation("", List.of(new Turn.User(prompt))),
        40,
        Sampling.GREEDY,
        List.of(),
        schema,
        ToolChoice.AUTO);
  }
}
