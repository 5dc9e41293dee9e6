package dev.tsuku.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.engine.prompt.TemplateChoice;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class EngineTest {

  private static final EngineSettings SETTINGS = new EngineSettings(1024, 8, 8, 8, 1, 1, 0);

  private static GenerationRequest ask(String text, int maxTokens) {
    return new GenerationRequest(
        "r1", new Conversation("", List.of(new Turn.User(text))), maxTokens);
  }

  private static RecordingListener submit(Engine engine, String text, int maxTokens) {
    RecordingListener listener = new RecordingListener();
    engine.submit(ask(text, maxTokens), listener);
    return listener;
  }

  @Test
  void the_answer_is_what_the_model_says_until_it_ends() throws InterruptedException {
    try (Engine engine = Engine.open(ScriptedModel.says("Hello, world"), SETTINGS)) {
      RecordingListener listener = submit(engine, "Hi", 100);
      assertThat(listener.awaitText()).isEqualTo("Hello, world");
      assertThat(listener.awaitResult().stopReason()).isEqualTo(StopReason.END_OF_TURN);
      assertThat(listener.awaitResult().inputTokens()).isEqualTo(2);
      assertThat(listener.awaitResult().outputTokens()).isEqualTo(12);
    }
  }

  @Test
  void a_long_prompt_is_computed_in_batches_and_says_how_far_it_is() throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok");
    try (Engine engine = Engine.open(model, SETTINGS)) {
      RecordingListener listener = submit(engine, "12345678901234567890", 10);
      assertThat(listener.awaitEvents())
          .filteredOn(GenerationEvent.Prefill.class::isInstance)
          .containsExactly(
              new GenerationEvent.Prefill(0, 20, 0),
              new GenerationEvent.Prefill(8, 20, 0),
              new GenerationEvent.Prefill(16, 20, 0),
              new GenerationEvent.Prefill(20, 20, 0));
    }
    assertThat(model.batches).extracting(List::size).containsExactly(8, 8, 4, 1, 1);
  }

  @Test
  void characters_are_told_whole_however_many_tokens_they_take() throws InterruptedException {
    try (Engine engine = Engine.open(ScriptedModel.says("a€😀b"), SETTINGS)) {
      assertThat(submit(engine, "Hi", 100).awaitEvents())
          .filteredOn(GenerationEvent.Text.class::isInstance)
          .extracting(event -> ((GenerationEvent.Text) event).text())
          .containsExactly("a", "€", "😀", "b");
    }
  }

  @Test
  void a_character_that_max_tokens_cuts_is_left_out() throws InterruptedException {
    try (Engine engine = Engine.open(ScriptedModel.says("a😀"), SETTINGS)) {
      RecordingListener listener = submit(engine, "Hi", 3);
      assertThat(listener.awaitText()).isEqualTo("a");
      assertThat(listener.awaitResult().stopReason()).isEqualTo(StopReason.MAX_TOKENS);
      assertThat(listener.awaitResult().outputTokens()).isEqualTo(3);
    }
  }

  @Test
  void a_constrained_answer_is_cut_only_where_the_limit_is_below_its_length()
      throws InterruptedException {
    String schema =
        "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\", \"maxLength\": 9},"
            + " \"b\": {\"type\": \"integer\", \"maximum\": 9, \"minimum\": 0}},"
            + " \"required\": [\"a\", \"b\"], \"additionalProperties\": false}";
    try (Engine engine = Engine.open(new EchoModel(), SETTINGS)) {
      RecordingListener free = submitWithSchema(engine, schema, 500);
      int length = free.awaitResult().outputTokens();
      assertThat(free.awaitResult().stopReason()).isEqualTo(StopReason.END_OF_TURN);
      int cut = 0;
      for (int most = length - 6; most <= length + 2; most++) {
        RecordingListener listener = submitWithSchema(engine, schema, most);
        StopReason expected = most < length ? StopReason.MAX_TOKENS : StopReason.END_OF_TURN;
        assertThat(listener.awaitResult().stopReason()).as("%d tokens", most).isEqualTo(expected);
        assertThat(listener.awaitResult().outputTokens()).isLessThanOrEqualTo(most);
        cut += most < length ? 1 : 0;
      }
      assertThat(cut).isEqualTo(6);
    }
  }

  private static RecordingListener submitWithSchema(Engine engine, String schema, int maxTokens) {
    RecordingListener listener = new RecordingListener();
    engine.submit(
        new GenerationRequest(
            "r",
            new Conversation("", List.of(new Turn.User("Hi"))),
            maxTokens,
            Sampling.GREEDY,
            List.of(),
            schema,
            ToolChoice.AUTO),
        listener);
    return listener;
  }

  @Test
  void the_contexts_end_ends_the_answer_and_loses_nothing() throws InterruptedException {
    ScriptedModel model = ScriptedModel.neverEnds().withContextTokens(16);
    try (Engine engine = Engine.open(model, SETTINGS)) {
      RecordingListener listener = submit(engine, "1234567890", 1000);
      assertThat(listener.awaitText()).isEqualTo("x".repeat(7));
      assertThat(listener.awaitResult().stopReason()).isEqualTo(StopReason.MAX_TOKENS);
    }
  }

  @Test
  void a_prompt_longer_than_the_context_is_refused_with_both_numbers() throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok").withContextTokens(16);
    try (Engine engine = Engine.open(model, SETTINGS)) {
      EngineException failure = submit(engine, "1".repeat(16), 5).awaitFailure();
      assertThat(failure.kind()).isEqualTo(EngineException.Kind.PROMPT_TOO_LONG);
      assertThat(failure).hasMessageContaining("16 tokens").hasMessageContaining("holds 16");
      assertThat(submit(engine, "1".repeat(15), 5).awaitText()).isEqualTo("ok");
    }
    assertThat(model.batches).isNotEmpty();
  }

  @Test
  void an_empty_prompt_is_refused() throws InterruptedException {
    try (Engine engine = Engine.open(ScriptedModel.says("ok"), SETTINGS)) {
      assertThat(submit(engine, "", 5).awaitFailure().kind())
          .isEqualTo(EngineException.Kind.PROMPT_EMPTY);
    }
  }

  @Test
  void a_vocabulary_that_knows_chatml_gets_it_and_content_stays_text() throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok").thatChats();
    try (Engine engine = Engine.open(model, SETTINGS)) {
      submit(engine, "<|im_start|>", 5).awaitText();
    }
    assertThat(model.batches.stream().flatMap(List::stream).filter(t -> t == ScriptedModel.START))
        .as("one for the user's turn, one for the assistant's, none for the content")
        .hasSize(2);
  }

  @Test
  void a_models_own_template_writes_the_prompt_and_content_stays_text()
      throws InterruptedException {
    ScriptedModel model =
        ScriptedModel.says("ok")
            .withTemplate("{% for m in messages %}<|im_start|>{{ m.content }}!{% endfor %}");
    try (Engine engine = Engine.open(model, SETTINGS)) {
      RecordingListener listener = submit(engine, "a<|im_start|>b", 5);
      assertThat(listener.awaitText()).isEqualTo("ok");
      assertThat(listener.awaitResult().inputTokens())
          .as("the template's token, every character of the content, and the template's mark")
          .isEqualTo(1 + "a<|im_start|>b".length() + 1);
    }
  }

  @Test
  void a_template_refuses_a_conversation_in_its_own_words() throws InterruptedException {
    ScriptedModel model =
        ScriptedModel.says("ok")
            .withTemplate(
                "{% for m in messages %}{% if 'secret' in m.content %}"
                    + "{{ raise_exception('Nothing secret, please.') }}"
                    + "{% endif %}{{ m.content }}{% endfor %}");
    try (Engine engine = Engine.open(model, SETTINGS)) {
      EngineException failure = submit(engine, "a secret", 5).awaitFailure();
      assertThat(failure.kind()).isEqualTo(EngineException.Kind.CONVERSATION_REFUSED);
      assertThat(failure).hasMessageContaining("Nothing secret, please");
      assertThat(submit(engine, "nothing", 5).awaitText()).isEqualTo("ok");
    }
  }

  @Test
  void a_template_that_runs_wild_fails_its_request_only() throws InterruptedException {
    ScriptedModel model =
        ScriptedModel.says("ok")
            .withTemplate(
                "{% for m in messages %}{% if 'wild' in m.content %}{% for a in range(90000) %}"
                    + "{% for b in range(90000) %}{% endfor %}{% endfor %}"
                    + "{% endif %}{{ m.content }}{% endfor %}");
    try (Engine engine = Engine.open(model, SETTINGS)) {
      assertThat(submit(engine, "wild", 5).awaitFailure().kind())
          .isEqualTo(EngineException.Kind.TEMPLATE_FAILED);
      assertThat(submit(engine, "tame", 5).awaitText()).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'{{ bos_token }}\n{% if %}', cannot be read at line 2",
    "'\n{{ raise_exception(\"Never.\") }}', refuses the conversation at line 2: Never.",
    "'{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}', was stopped",
    "'{{ messages | nothing }}', there is no filter 'nothing'",
    "Hello, leaves out what a user says"
  })
  void a_template_that_cannot_be_used_is_replaced_by_nothing(String source, String problem)
      throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok").thatChats().withTemplate(source);
    EngineSettings settings = SETTINGS.withTemplate(TemplateChoice.ofModel("/m/x.gguf"));
    try (Engine engine = Engine.open(model, settings)) {
      assertThat(engine.problem().orElseThrow())
          .startsWith("The chat template of /m/x.gguf ")
          .contains(problem, "--chat-template FILE", "chatml");
      EngineException failure = submit(engine, "Hi", 5).awaitFailure();
      assertThat(failure.kind()).isEqualTo(EngineException.Kind.TEMPLATE_FAILED);
      assertThat(failure).hasMessage(engine.problem().orElseThrow());
      assertThat(model.batches).isEmpty();
      assertThat(bringing(engine, "chatml").awaitText()).isEqualTo("ok");
      assertThat(model.batches.stream().flatMap(List::stream))
          .filteredOn(token -> token == ScriptedModel.START)
          .as("the request's own template is ChatML")
          .hasSize(2);
    }
  }

  @Test
  void a_request_brings_its_own_template() throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok").thatChats();
    try (Engine engine = Engine.open(model, SETTINGS)) {
      RecordingListener listener =
          bringing(engine, "{% for m in messages %}{{ m.content }}..{% endfor %}");
      assertThat(listener.awaitResult().inputTokens()).isEqualTo("Hi..".length());
      EngineException refused = bringing(engine, "{% oops %}").awaitFailure();
      assertThat(refused.kind()).isEqualTo(EngineException.Kind.TEMPLATE_REFUSED);
      assertThat(refused)
          .hasMessageStartingWith("The request's chat_template cannot be read at line 1")
          .hasMessageContaining("'oops'");
      assertThat(submit(engine, "Hi", 5).awaitText()).as("the others go on").isEqualTo("ok");
    }
  }

  @Test
  void a_chosen_template_counts_and_not_the_one_in_the_models_file() throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok").withTemplate("{% broken");
    EngineSettings settings =
        SETTINGS.withTemplate(
            new TemplateChoice("/t.jinja", "{% for m in messages %}{{ m.content }}!{% endfor %}"));
    try (Engine engine = Engine.open(model, settings)) {
      assertThat(engine.problem()).isEmpty();
      assertThat(submit(engine, "Hi", 5).awaitResult().inputTokens()).isEqualTo("Hi!".length());
    }
  }

  private static RecordingListener bringing(Engine engine, String template) {
    RecordingListener listener = new RecordingListener();
    engine.submit(
        new GenerationRequest(
            "r1",
            new Conversation("", List.of(new Turn.User("Hi"))),
            5,
            Sampling.GREEDY,
            List.of(),
            "",
            ToolChoice.AUTO,
            false,
            template),
        listener);
    return listener;
  }

  @Test
  void requests_are_answered_one_after_the_other_with_nothing_left_between()
      throws InterruptedException {
    try (Engine engine = Engine.open(ScriptedModel.says("Hello"), SETTINGS)) {
      RecordingListener first = submit(engine, "A", 3);
      RecordingListener second = submit(engine, "Bb", 100);
      assertThat(first.awaitText()).isEqualTo("Hel");
      assertThat(second.awaitText()).isEqualTo("Hello");
    }
  }

  @Test
  void a_request_that_waits_is_told_its_position() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    ScriptedModel model = ScriptedModel.says("ok").thatWaits(begun, released);
    try (Engine engine = Engine.open(model, SETTINGS)) {
      RecordingListener first = submit(engine, "A", 10);
      begun.await();
      RecordingListener second = submit(engine, "B", 10);
      RecordingListener third = submit(engine, "C", 10);
      released.countDown();
      assertThat(first.awaitEvents()).doesNotHaveAnyElementsOfTypes(GenerationEvent.Queued.class);
      assertThat(second.awaitEvents()).startsWith(new GenerationEvent.Queued(1));
      assertThat(third.awaitEvents()).startsWith(new GenerationEvent.Queued(2));
    }
  }

  @Test
  void a_cancelled_request_stops_in_the_middle_and_the_next_one_is_answered()
      throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    ScriptedModel model = ScriptedModel.says("ok").thatWaits(begun, released);
    try (Engine engine = Engine.open(model, SETTINGS)) {
      RecordingListener first = new RecordingListener();
      Generation generation = engine.submit(ask("A", 10), first);
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      generation.cancel();
      assertThat(first.awaitFailure().kind()).isEqualTo(EngineException.Kind.CANCELLED);
      assertThat(model.batches).isEmpty();
      released.countDown();
      assertThat(submit(engine, "B", 10).awaitText()).isEqualTo("ok");
    }
  }

  @Test
  void a_request_cancelled_while_it_waits_costs_no_computing() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    ScriptedModel model = ScriptedModel.says("").thatWaits(begun, released);
    try (Engine engine = Engine.open(model, SETTINGS)) {
      RecordingListener first = submit(engine, "A", 10);
      begun.await();
      RecordingListener second = new RecordingListener();
      engine.submit(ask("B", 10), second).cancel();
      assertThat(second.awaitFailure().kind())
          .as("told at once, though the first is still at work")
          .isEqualTo(EngineException.Kind.CANCELLED);
      released.countDown();
      first.awaitResult();
    }
    assertThat(model.batches).containsExactly(List.of((int) 'A'));
  }

  @Test
  void closing_ends_what_runs_and_what_waits_and_closes_the_context_before_the_model()
      throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    ScriptedModel model = ScriptedModel.says("ok").thatWaits(begun, new CountDownLatch(1));
    Engine engine = Engine.open(model, SETTINGS);
    RecordingListener first = submit(engine, "A", 10);
    begun.await();
    RecordingListener second = submit(engine, "B", 10);
    engine.close();
    engine.close();
    assertThat(first.awaitFailure().kind()).isEqualTo(EngineException.Kind.CLOSED);
    assertThat(second.awaitFailure().kind()).isEqualTo(EngineException.Kind.CLOSED);
    assertThat(model.calls).containsExactly("context closed", "model closed");
    assertThatThrownBy(() -> engine.submit(ask("C", 1), new RecordingListener()))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.CLOSED));
  }

  @Test
  void a_model_without_memory_for_a_context_is_closed_again() {
    ScriptedModel model = ScriptedModel.says("ok").withoutMemoryForAContext();
    assertThatThrownBy(() -> Engine.open(model, SETTINGS))
        .isInstanceOf(BackendException.class)
        .hasMessage("no memory");
    assertThat(model.isOpen()).isFalse();
  }

  @Test
  void a_backends_failure_is_told_in_its_own_words() throws InterruptedException {
    try (Engine engine = Engine.open(ScriptedModel.says("").thatFailsToDecode(), SETTINGS)) {
      EngineException failure = submit(engine, "A", 10).awaitFailure();
      assertThat(failure.kind()).isEqualTo(EngineException.Kind.FAILED);
      assertThat(failure).hasMessage("the computer is tired");
    }
  }

  @Test
  void a_listener_that_throws_harms_only_its_own_request() throws InterruptedException {
    try (Engine engine = Engine.open(ScriptedModel.neverEnds(), SETTINGS)) {
      engine.submit(
          ask("A", Integer.MAX_VALUE),
          event -> {
            throw new IllegalStateException("listener");
          });
      assertThat(submit(engine, "B", 3).awaitText()).isEqualTo("xxx");
    }
  }

  @Test
  void an_error_fails_its_request_and_the_next_one_is_answered() throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok").thatFailsOnceWith(new OutOfMemoryError("heap"));
    try (Engine engine = Engine.open(model, SETTINGS)) {
      EngineException failure = submit(engine, "A", 10).awaitFailure();
      assertThat(failure.kind()).isEqualTo(EngineException.Kind.FAILED);
      assertThat(failure).hasMessageContaining("ran out of Java memory");
      assertThat(submit(engine, "B", 10).awaitText()).isEqualTo("ok");
      assertThat(engine.isAlive()).isTrue();
    }
  }

  @Test
  void an_error_of_a_listener_fails_its_request_alone() throws InterruptedException {
    RecordingListener told = new RecordingListener();
    try (Engine engine = Engine.open(ScriptedModel.says("ok"), SETTINGS)) {
      engine.submit(
          ask("A", 10),
          event -> {
            told.onEvent(event);
            throw new OutOfMemoryError("no room for " + event);
          });
      assertThat(told.awaitFailure().kind()).isEqualTo(EngineException.Kind.FAILED);
      assertThat(submit(engine, "B", 10).awaitText()).isEqualTo("ok");
    }
  }

  @Test
  void an_engine_whose_thread_has_ended_fails_what_waited_and_is_dead()
      throws InterruptedException {
    CountDownLatch released = new CountDownLatch(1);
    ScriptedModel model = ScriptedModel.says("ok").thatLosesItsVocabulary(released);
    try (Engine engine = Engine.open(model, SETTINGS)) {
      assertThat(engine.isAlive()).isTrue();
      RecordingListener waiting = submit(engine, "A", 10);
      released.countDown();
      EngineException failure = waiting.awaitFailure();
      assertThat(failure.kind()).isEqualTo(EngineException.Kind.FAILED);
      assertThat(failure)
          .hasMessageContaining("ended unexpectedly")
          .hasCauseInstanceOf(NoClassDefFoundError.class);
      assertThat(engine.isAlive()).isFalse();
      assertThat(model.calls).containsExactly("context closed", "model closed");
      assertThatThrownBy(() -> engine.submit(ask("B", 1), new RecordingListener()))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.FAILED));
    }
  }

  @Test
  void a_prompt_that_cannot_fit_is_refused_before_all_of_it_is_tokenized()
      throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok");
    try (Engine engine = Engine.open(model, SETTINGS)) {
      EngineException failure = submit(engine, "a".repeat(1_000_000), 5).awaitFailure();
      assertThat(failure.kind()).isEqualTo(EngineException.Kind.PROMPT_TOO_LONG);
      assertThat(failure)
          .hasMessageContainingAll("first 8192", "1000000 characters", "8192 tokens", "holds 1024");
      assertThat(model.tokenized).containsExactly(8192);
    }
  }

  @Test
  void a_request_can_be_cancelled_while_its_prompt_is_tokenized() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    ScriptedModel model =
        ScriptedModel.says("ok")
            .withContextTokens(1_000_000)
            .beforeTokenizing(
                () -> {
                  begun.countDown();
                  while (released.getCount() > 0) {
                    Thread.onSpinWait();
                  }
                });
    try (Engine engine = Engine.open(model, new EngineSettings(1_000_000, 8, 8, 8, 1, 1, 0))) {
      RecordingListener listener = new RecordingListener();
      Generation generation = engine.submit(ask("a".repeat(100_000), 5), listener);
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      generation.cancel();
      released.countDown();
      assertThat(listener.awaitFailure().kind()).isEqualTo(EngineException.Kind.CANCELLED);
      assertThat(model.tokenized).containsExactly(8192);
    }
  }

  /** As deep as a tokenizer may go for each character of a part; far deeper than usual stacks. */
  @Test
  void the_decode_thread_has_stack_for_deep_calls() throws InterruptedException {
    ScriptedModel model = ScriptedModel.says("ok").beforeTokenizing(() -> descend(300_000));
    try (Engine engine = Engine.open(model, SETTINGS)) {
      assertThat(submit(engine, "A", 5).awaitText()).isEqualTo("ok");
    }
  }

  private static int descend(int levels) {
    return levels == 0 ? 0 : 1 + descend(levels - 1);
  }

  @Test
  void without_a_thread_to_compute_with_context_and_model_are_closed_again() {
    ScriptedModel model = ScriptedModel.says("ok");
    assertThatThrownBy(() -> Engine.open(model, SETTINGS, EngineCaches.NONE, Unstartable::new))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("unable to create native thread");
    assertThat(model.calls).containsExactly("context closed", "model closed");
  }

  /** A thread that the system has no room for. */
  private static final class Unstartable extends Thread {

    Unstartable(Runnable task) {
      super(task);
    }

    @Override
    public void start() {
      throw new OutOfMemoryError("unable to create native thread");
    }
  }
}
