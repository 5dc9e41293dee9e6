package dev.tsuku.llm.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.EchoModel;
import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.ContextSettings;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.constraint.Schemas;
import dev.tsuku.llm.engine.constraint.SearchLimits;
import dev.tsuku.llm.engine.constraint.TokenConstraints;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.engine.prompt.PromptReader;
import dev.tsuku.llm.grammar.mask.TokenMasks;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.match.WorkBudget;
import dev.tsuku.llm.template.Continuation;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Token masks that take too long for the decode thread; the worker is the test. */
@Timeout(60)
class PendingChoiceTest {

  private static final Duration LONG = Duration.ofMinutes(1);
  private static final int CONTEXT = 1024;

  private static final String SCHEMA =
      """
      {"type": "object", "properties": {"name": {"type": "string", "pattern": "^[A-Z][a-z]{3,9}$"},
       "size": {"type": "integer", "minimum": 0, "maximum": 99}}, "required": ["name", "size"],
       "additionalProperties": false}""";

  private final Schemas schemas = new Schemas();
  private final Queue<Runnable> work = new ArrayDeque<>();
  private int wakes;

  private Scheduler scheduler(Duration inline, Duration most) {
    return scheduler(SearchLimits.of(inline, most));
  }

  private Scheduler scheduler(SearchLimits limits) {
    EchoModel model = new EchoModel();
    BackendContext context =
        model.open(new ContextSettings(new ContextShape(4, CONTEXT), 64, 64, 1));
    return new Scheduler(
        context,
        new Limits(4, CONTEXT, 4 * CONTEXT, 32, 8),
        model.vocabulary(),
        new Scheduler.Helpers(
            new PromptReader(new Continuation(), model.vocabulary(), CONTEXT),
            new TokenConstraints(model.vocabulary(), new Continuation(), limits),
            new Workers(Runnable::run, work::add),
            () -> wakes++),
        PrefixStore.NONE,
        System::nanoTime);
  }

  private Caller ask(Scheduler scheduler, String prompt, String schema, Sampling sampling) {
    GenerationRequest request =
        new GenerationRequest(
            "r",
            new Conversation("", List.of(new Turn.User(prompt))),
            60,
            sampling,
            List.of(),
            schema,
            ToolChoice.AUTO);
    Caller caller = new Caller(request, schemas.plan(request));
    scheduler.add(caller.ticket);
    return caller;
  }

  /** Steps until there is nothing to do, running what workers are given as it comes. */
  private void finish(Scheduler scheduler) {
    for (int i = 0; i < 10_000; i++) {
      boolean busy = scheduler.step(AbortSignal.NEVER);
      Runnable task = work.poll();
      if (task != null) {
        task.run();
      } else if (!busy) {
        return;
      }
    }
    throw new AssertionError("it never comes to an end");
  }

  @Test
  void others_go_on_while_a_mask_is_computed_and_the_answer_is_the_same() {
    Scheduler quick = scheduler(LONG, LONG);
    Caller inline = ask(quick, "one", SCHEMA, Sampling.GREEDY);
    finish(quick);

    Scheduler scheduler = scheduler(Duration.ZERO, LONG);
    Caller constrained = ask(scheduler, "one", SCHEMA, Sampling.GREEDY);
    scheduler.step(AbortSignal.NEVER);
    // Its grammar is prepared by a worker.
    work.remove().run();
    Caller plain = ask(scheduler, "two", "", Sampling.GREEDY);
    while (work.isEmpty()) {
      assertThat(scheduler.step(AbortSignal.NEVER)).isTrue();
    }
    String before = constrained.text.toString();
    int length = plain.text.length();
    for (int i = 0; i < 20; i++) {
      scheduler.step(AbortSignal.NEVER);
    }
    assertThat(plain.text.length()).isGreaterThanOrEqualTo(length + 20);
    assertThat(constrained.text).hasToString(before);
    finish(scheduler);
    assertThat(constrained.text).hasToString(inline.text.toString());
    assertThat(constrained.result()).isNotNull();
    assertThat(wakes).isGreaterThan(2);
  }

  @Test
  void what_is_drawn_is_the_same_however_often_it_is_put_off() {
    Sampling drawn = new Sampling(1.5, 0, 0.95, 0, 1.1, OptionalLong.of(7));
    Scheduler quick = scheduler(LONG, LONG);
    Caller inline = ask(quick, "one", SCHEMA, drawn);
    finish(quick);
    Scheduler scheduler = scheduler(Duration.ZERO, LONG);
    Caller constrained = ask(scheduler, "one", SCHEMA, drawn);
    finish(scheduler);
    assertThat(constrained.text).hasToString(inline.text.toString());
    assertThat(constrained.text.toString()).matches("\\{\"name\": ?\"[A-Z][a-z]{3,9}\".*");
  }

  @Test
  void a_mask_that_takes_too_long_fails_its_request_with_the_place_in_the_schema() {
    Scheduler scheduler = scheduler(Duration.ZERO, Duration.ofNanos(1));
    Caller constrained = ask(scheduler, "one", SCHEMA, Sampling.GREEDY);
    Caller plain = ask(scheduler, "two", "", Sampling.GREEDY);
    finish(scheduler);
    EngineException failure = constrained.failure().orElseThrow();
    assertThat(failure.kind()).isEqualTo(EngineException.Kind.SCHEMA_REFUSED);
    assertThat(failure)
        .hasMessageContaining("The schema is too complex at /properties/name: finding")
        .hasMessageEndingWith("Make it simpler there.");
    assertThat(plain.result()).isNotNull();
  }

  @Test
  void a_request_that_is_cancelled_while_it_sits_out_ends() {
    Scheduler scheduler = scheduler(Duration.ZERO, LONG);
    Caller constrained = ask(scheduler, "one", SCHEMA, Sampling.GREEDY);
    scheduler.step(AbortSignal.NEVER);
    work.remove().run();
    while (work.isEmpty()) {
      assertThat(scheduler.step(AbortSignal.NEVER)).isTrue();
    }
    constrained.ticket.cancel();
    finish(scheduler);
    assertThat(constrained.failure().orElseThrow().kind())
        .isEqualTo(EngineException.Kind.CANCELLED);
    assertThat(scheduler.running()).isZero();
  }

  @Test
  void a_request_that_is_paused_while_it_sits_out_goes_on_as_if_it_had_not_been() {
    Scheduler quick = scheduler(LONG, LONG);
    Caller inline = ask(quick, "one", SCHEMA, Sampling.GREEDY);
    finish(quick);
    Scheduler scheduler = scheduler(Duration.ZERO, LONG);
    Caller constrained = ask(scheduler, "one", SCHEMA, Sampling.GREEDY);
    scheduler.step(AbortSignal.NEVER);
    work.remove().run();
    while (work.isEmpty()) {
      scheduler.step(AbortSignal.NEVER);
    }
    constrained.ticket.pause();
    assertThat(scheduler.step(AbortSignal.NEVER)).isFalse();
    constrained.ticket.resume();
    finish(scheduler);
    assertThat(constrained.text).hasToString(inline.text.toString());
  }

  /**
   * Limits under which the search for a mask fails within one property, and only there: their
   * budget is asked at each step of the search.
   */
  private static final class FailingMasks implements SearchLimits {

    private final SearchLimits usual;
    private final boolean isInline;
    private int failures;

    /** Failing on the decode thread, or on a worker. */
    FailingMasks(boolean isInline) {
      this.isInline = isInline;
      this.usual = SearchLimits.of(isInline ? LONG : Duration.ZERO, LONG);
    }

    @Override
    public WorkBudget inline(MatcherState at) {
      return isInline ? budget(at, () -> true) : usual.inline(at);
    }

    @Override
    public WorkBudget work(MatcherState at, BooleanSupplier goesOn) {
      return isInline ? usual.work(at, goesOn) : budget(at, goesOn);
    }

    private WorkBudget budget(MatcherState at, BooleanSupplier goesOn) {
      boolean isPoisoned = at.pointer().equals("/properties/poison");
      return WorkBudget.ofCpuNanos(
          LONG.toNanos(),
          () -> {
            if (isPoisoned && isForMask()) {
              failures++;
              throw new IllegalStateException("injected");
            }
            return goesOn.getAsBoolean();
          });
    }

    private static boolean isForMask() {
      return StackWalker.getInstance()
          .walk(
              frames ->
                  frames.anyMatch(it -> it.getClassName().equals(TokenMasks.class.getName())));
    }

    @Override
    public Duration longestWork() {
      return usual.longestWork();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_mask_that_cannot_be_computed_ends_its_request_only(boolean isInline) {
    List<String> alone = new ArrayList<>();
    for (String schema : List.of(SCHEMA, "", SCHEMA)) {
      Scheduler scheduler = scheduler(LONG, LONG);
      Caller caller = ask(scheduler, "other " + alone.size(), schema, Sampling.GREEDY);
      finish(scheduler);
      alone.add(caller.text.toString());
    }
    FailingMasks limits = new FailingMasks(isInline);
    Scheduler scheduler = scheduler(limits);
    for (int round = 1; round <= 5; round++) {
      Caller first = ask(scheduler, "other 0", SCHEMA, Sampling.GREEDY);
      Caller faulty = ask(scheduler, "at fault", SCHEMA.replace("name", "poison"), Sampling.GREEDY);
      Caller second = ask(scheduler, "other 1", "", Sampling.GREEDY);
      Caller third = ask(scheduler, "other 2", SCHEMA, Sampling.GREEDY);
      finish(scheduler);
      EngineException failure = faulty.failure().orElseThrow();
      assertThat(failure.kind()).isEqualTo(EngineException.Kind.FAILED);
      assertThat(failure.getMessage()).doesNotContain("injected");
      assertThat(limits.failures).as("the fault is the one of this test").isEqualTo(round);
      assertThat(List.of(first.text, second.text, third.text))
          .extracting(StringBuilder::toString)
          .containsExactlyElementsOf(alone);
      assertThat(scheduler.running()).isZero();
    }
  }
}
