package dev.tsuku.llm.engine.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.ContextShape;
import dev.tsuku.llm.engine.constraint.ResponseFormat;
import dev.tsuku.llm.engine.constraint.TokenConstraints;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.engine.prompt.PromptReader;
import dev.tsuku.llm.template.Continuation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scheduler alone: no thread, no clock, a context that checks every step. */
@Timeout(60)
class SchedulerTest {

  private static final int BATCH = 32;
  private static final int BESIDE = 8;

  private PrefixStore store = PrefixStore.NONE;
  private boolean noThreads;
  private final Workers workers = new Workers(this::run, Runnable::run);
  private CellContext context = cells(4096, 4, 4096, true);
  private Scheduler scheduler = schedulerOf(context, 4, 4096);

  /** A context as the engine opens it. */
  private static CellContext cells(int cells, int running, int contextTokens, boolean shares) {
    return new CellContext(new Shapes(cells, running, contextTokens).widest(), BATCH, shares);
  }

  private Scheduler schedulerOf(CellContext context, int running, int contextTokens) {
    return schedulerOf(context, running, contextTokens, 0);
  }

  private Scheduler schedulerOf(
      CellContext context, int running, int contextTokens, int draftTokens) {
    int cells = Math.max(contextTokens, (int) context.shape().cells());
    Letters letters = new Letters();
    return new Scheduler(
        context,
        new Limits(running, contextTokens, cells, BESIDE, draftTokens),
        letters,
        new Scheduler.Helpers(
            new PromptReader(new Continuation(), letters, contextTokens),
            new TokenConstraints(letters, new Continuation()),
            workers,
            () -> {}),
        store,
        context::nanos);
  }

  /** At once, but as a thread pool fails. */
  private void run(Runnable work) {
    if (noThreads) {
      throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
    }
    work.run();
  }

  private Caller ask(String prompt, int maxTokens) {
    Caller caller = new Caller(prompt, maxTokens);
    scheduler.add(caller.ticket);
    return caller;
  }

  private void finish() {
    for (int i = 0; i < 100_000; i++) {
      if (!scheduler.step(AbortSignal.NEVER)) {
        return;
      }
    }
    throw new AssertionError("it never comes to an end");
  }

  private void forgetAll() {
    for (int i = 0; i < context.shape().sequences(); i++) {
      scheduler.memory().drop(i);
    }
  }

  private static String letters(Random random, int length) {
    return random
        .ints(length, 'a', 'z' + 1)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static void assertAnswered(Caller caller) {
    assertThat(caller.result().inputTokens()).isEqualTo(caller.prompt.length());
    assertThat(caller.text).hasToString(Letters.answer(caller.prompt, caller.maxTokens));
  }

  @Test
  void answers_are_the_same_alone_and_together() {
    Random random = new Random(1);
    List<Caller> callers =
        IntStream.range(0, 8).mapToObj(i -> ask(letters(random, 5 + 20 * i), 60)).toList();
    finish();
    callers.forEach(SchedulerTest::assertAnswered);
    assertThat(context.batchSizes).as("steps that served several").anyMatch(size -> size == 4);
  }

  @Test
  void an_answer_goes_on_with_every_step_while_a_long_prompt_is_read() {
    Caller talker = ask("hello", 40);
    scheduler.step(AbortSignal.NEVER);
    Caller reader = ask(letters(new Random(2), 200), 5);
    context.batchSizes.clear();
    int steps = 0;
    while (reader.text.isEmpty() && !reader.hasEnded()) {
      int before = talker.text.length();
      scheduler.step(AbortSignal.NEVER);
      steps++;
      assertThat(talker.hasEnded() || talker.text.length() == before + 1).isTrue();
    }
    assertThat(steps).isGreaterThan(20);
    assertThat(context.batchSizes.getFirst()).isEqualTo(1 + BESIDE);
    finish();
    assertAnswered(talker);
    assertAnswered(reader);
  }

  @Test
  void a_backend_that_prefers_it_computes_answers_and_prompts_by_turns() {
    context.mixes = false;
    scheduler = schedulerOf(context, 4, 4096);
    Caller talker = ask("hello", 40);
    Caller other = ask("world", 40);
    while (talker.text.isEmpty() || other.text.isEmpty()) {
      scheduler.step(AbortSignal.NEVER);
    }
    Caller reader = ask(letters(new Random(2), 100), 5);
    context.batchSizes.clear();
    for (int i = 0; i < 20; i++) {
      scheduler.step(AbortSignal.NEVER);
    }
    assertThat(context.batchSizes.subList(0, 8)).containsExactly(2, 8, 2, 8, 2, 8, 2, 8);
    finish();
    List.of(talker, other, reader).forEach(SchedulerTest::assertAnswered);
  }

  @Test
  void such_a_backend_reads_one_prompt_a_step_and_starves_none() {
    context.mixes = false;
    scheduler = schedulerOf(context, 4, 4096);
    Caller longOne = ask(letters(new Random(2), 300), 2);
    Caller shortOne = ask(letters(new Random(3), 60), 2);
    Caller middle = ask(letters(new Random(4), 90), 2);
    for (int i = 0; i < 6; i++) {
      scheduler.step(AbortSignal.NEVER);
    }
    assertThat(context.batchSizes)
        .as("the long one in every other step, and else what is shortest")
        .containsExactly(BATCH, BATCH, BATCH, 60 - BATCH, 1, BATCH);
    finish();
    List.of(longOne, shortOne, middle).forEach(SchedulerTest::assertAnswered);
  }

  @Test
  void no_part_of_a_prompt_is_short_but_where_all_of_it_is() {
    context = new CellContext(new Shapes(4096, 4, 4096).widest(), 4 * PromptPace.LEAST, true);
    context.mixes = false;
    scheduler = schedulerOf(context, 4, 4096);
    for (int length : new int[] {10, 64, 250, 256, 257, 300, 320, 500, 513, 600}) {
      Caller caller = ask(letters(new Random(length), length), 1);
      context.batchSizes.clear();
      finish();
      assertAnswered(caller);
      assertThat(context.batchSizes).allMatch(size -> size >= Math.min(length, PromptPace.LEAST));
      forgetAll();
    }
  }

  @Test
  void a_prompt_is_read_in_the_steps_that_are_best_for_the_backend() {
    context.mixes = false;
    context.near = 40;
    context.nearTokens = 10;
    scheduler = schedulerOf(context, 4, 4096);
    Caller caller = ask(letters(new Random(5), 200), 1);
    finish();
    assertAnswered(caller);
    assertThat(context.batchSizes).startsWith(10, 10, 10, 10, BATCH, BATCH);
  }

  @Test
  void an_answer_that_repeats_what_was_there_takes_fewer_steps_and_is_the_same() {
    scheduler = schedulerOf(context, 4, 4096, 16);
    String prompt = letters(new Random(15), 40).repeat(3);
    int steps = 0;
    int tokens = 0;
    for (int i = 0; i < 20; i++) {
      Caller caller = ask(prompt + letters(new Random(i), 4) + prompt.substring(0, 20), 100);
      while (caller.text.isEmpty() && !caller.hasEnded()) {
        scheduler.step(AbortSignal.NEVER);
      }
      context.batchSizes.clear();
      finish();
      assertAnswered(caller);
      steps += context.batchSizes.size();
      tokens += caller.text.length();
    }
    assertThat(tokens).isGreaterThan(200);
    assertThat(steps).isLessThan(tokens * 3 / 4);
    assertThat(context.usedCells()).isEqualTo(scheduler.memory().idleCells());
  }

  @Test
  void where_a_wrong_guess_cannot_be_forgotten_there_is_none() {
    context = cells(4096, 4, 4096, false);
    scheduler = schedulerOf(context, 4, 4096, 16);
    Caller caller = ask(letters(new Random(15), 10).repeat(3), 50);
    scheduler.step(AbortSignal.NEVER);
    context.batchSizes.clear();
    finish();
    assertAnswered(caller);
    assertThat(context.batchSizes).allMatch(size -> size == 1);
  }

  @Test
  void a_seed_draws_the_same_alone_among_others_and_after_a_pause() {
    Sampling drawn = new Sampling(0.8, 20, 1, 0, 1.1, OptionalLong.of(5));
    String prompt = letters(new Random(16), 40);
    Caller alone = add(new Caller(prompt, 60, drawn, List.of()));
    finish();
    assertThat(alone.text.toString()).isNotEqualTo(Letters.answer(prompt, 60));
    scheduler = schedulerOf(cells(4096, 4, 4096, true), 4, 4096, 16);
    Caller among = add(new Caller(prompt, 60, drawn, List.of()));
    for (int i = 0; i < 5; i++) {
      add(new Caller(prompt, 60, Sampling.GREEDY, List.of()));
    }
    for (int i = 0; i < 20; i++) {
      scheduler.step(AbortSignal.NEVER);
    }
    among.ticket.pause();
    scheduler.step(AbortSignal.NEVER);
    among.ticket.resume();
    finish();
    assertThat(among.text).hasToString(alone.text.toString());
  }

  @Test
  void a_stop_string_ends_the_answer_before_it_and_the_next_turn_knows_the_rest() {
    String prompt =
        IntStream.iterate(1, i -> i + 1)
            .mapToObj(seed -> letters(new Random(seed), 200))
            .filter(text -> Letters.answer(text, 60).length() > 20)
            .findFirst()
            .orElseThrow();
    String whole = Letters.answer(prompt, 60);
    Caller caller = add(new Caller(prompt, 60, Sampling.GREEDY, List.of(whole.substring(6, 9))));
    finish();
    int end = whole.indexOf(whole.substring(6, 9));
    assertThat(caller.text).hasToString(whole.substring(0, end));
    assertThat(caller.result().stopReason()).isEqualTo(StopReason.END_OF_TURN);
    Caller next = ask(prompt + caller.text + "next", 3);
    finish();
    assertAnswered(next);
    assertThat(next.result().cachedTokens()).isEqualTo(200 + end);
  }

  private Caller add(Caller caller) {
    scheduler.add(caller.ticket);
    return caller;
  }

  private ShelfStore shelfWith(String prompt) {
    ShelfStore shelf = new ShelfStore();
    store = shelf;
    scheduler = schedulerOf(context, 4, 4096);
    ask(prompt, 1);
    finish();
    while (scheduler.kept().saveNext() == PrefixCache.Saved.ONE) {
      // All of it.
    }
    context = cells(4096, 4, 4096, true);
    scheduler = schedulerOf(context, 4, 4096);
    return shelf;
  }

  @Test
  void what_was_kept_is_not_computed_again() {
    String prompt = letters(new Random(18), 100);
    ShelfStore shelf = shelfWith(prompt);
    assertThat(shelf.blocks).as("six whole ones and a tail").hasSize(7);
    Caller again = ask(prompt, 20);
    Caller longer = ask(prompt + "more", 5);
    Caller other = ask(prompt.substring(0, 50) + "otherwise", 5);
    finish();
    List.of(again, longer, other).forEach(SchedulerTest::assertAnswered);
    assertThat(again.result().cachedTokens()).isEqualTo(99);
    assertThat(longer.result().cachedTokens()).isGreaterThanOrEqualTo(96);
    assertThat(shelf.loads).as("each block once, but for the last ones").isBetween(7, 10);
    assertThat(again.events).contains(new GenerationEvent.Prefill(100, 100, 99));
    assertThat(context.usedCells()).isEqualTo(scheduler.memory().idleCells());
    forgetAll();
    assertThat(context.usedCells()).isZero();
  }

  @Test
  void an_answer_goes_on_with_every_block_that_another_fetches() {
    String prompt = letters(new Random(18), 400);
    ShelfStore shelf = shelfWith(prompt);
    Caller talker = ask("hello", 40);
    scheduler.step(AbortSignal.NEVER);
    Caller fetcher = ask(prompt, 2);
    for (int i = 0; i < 10; i++) {
      int before = talker.text.length();
      scheduler.step(AbortSignal.NEVER);
      assertThat(talker.hasEnded() || talker.text.length() == before + 1).isTrue();
    }
    assertThat(shelf.loads).isEqualTo(10);
    assertThat(context.openStates).isPositive();
    fetcher.ticket.cancel();
    finish();
    assertThat(context.openStates).isZero();
    assertAnswered(talker);
    assertThat(context.usedCells()).isEqualTo(scheduler.memory().idleCells());
  }

  @Test
  void what_cannot_be_fetched_is_computed() {
    String prompt = letters(new Random(18), 100);
    ShelfStore shelf = shelfWith(prompt);
    shelf.fails = () -> shelf.loads > 2;
    Caller again = ask(prompt, 20);
    finish();
    assertAnswered(again);
    assertThat(again.result().cachedTokens()).isEqualTo(32);
  }

  @ParameterizedTest
  @EnumSource(
      value = BackendException.Kind.class,
      names = {"STATE_REFUSED", "DECODE_FAILED"})
  void a_kept_block_that_the_backend_refuses_is_computed_and_nothing_idle_is_forgotten(
      BackendException.Kind kind) {
    String prompt = letters(new Random(18), 100);
    ShelfStore shelf = shelfWith(prompt);
    ask(letters(new Random(19), 90), 5);
    finish();
    int idle = scheduler.memory().idleCells();
    context.failure = Optional.of(kind);
    Caller again = ask(prompt, 20);
    finish();
    assertAnswered(again);
    assertThat(again.result().cachedTokens()).isZero();
    assertThat(scheduler.memory().idleCells()).isGreaterThanOrEqualTo(idle + 100);
    assertThat(shelf.blocks)
        .as("blocks, of which one that is no good is forgotten")
        .hasSize(kind == BackendException.Kind.STATE_REFUSED ? 6 : 7);
    context.failure = Optional.empty();
    while (scheduler.kept().saveNext() == PrefixCache.Saved.ONE) {
      // It is there again.
    }
    context = cells(4096, 4, 4096, true);
    scheduler = schedulerOf(context, 4, 4096);
    Caller later = ask(prompt, 20);
    finish();
    assertThat(later.result().cachedTokens()).isGreaterThanOrEqualTo(96);
  }

  @Test
  void where_there_is_no_room_what_is_idle_makes_room_for_what_was_kept() {
    String prompt = letters(new Random(18), 100);
    ShelfStore shelf = shelfWith(prompt);
    context = cells(120, 1, 120, true);
    scheduler = schedulerOf(context, 1, 120);
    ask(letters(new Random(19), 90), 5);
    finish();
    Caller again = ask(prompt, 5);
    finish();
    assertAnswered(again);
    assertThat(again.result().cachedTokens()).isEqualTo(99);
    assertThat(shelf.blocks).hasSize(7);
  }

  @Test
  void a_long_prompt_gets_a_longer_sequence_while_the_others_go_on() {
    context = cells(4096, 8, 4096, true);
    scheduler = schedulerOf(context, 8, 4096);
    List<Caller> talkers =
        IntStream.of(90, 95).mapToObj(length -> ask(talkative(length, 60), 60)).toList();
    for (int i = 0; i < 12; i++) {
      scheduler.step(AbortSignal.NEVER);
    }
    int computed = context.computed;
    Caller longOne = ask(letters(new Random(52), 700), 20);
    while (context.shapes.isEmpty()) {
      scheduler.step(AbortSignal.NEVER);
    }
    assertThat(context.shapes).containsExactly(new ContextShape(5, 768));
    assertThat(scheduler.running()).isEqualTo(3);
    finish();
    talkers.forEach(SchedulerTest::assertAnswered);
    assertAnswered(longOne);
    assertThat(context.computed - computed)
        .as("the long prompt, the rest of all answers, and the last token of two once more")
        .isLessThanOrEqualTo(700 + longOne.text.length() + 2 * 60 + 2);
    assertThat(context.openStates).isZero();
    int before = context.computed;
    List<Caller> many = IntStream.range(0, 8).mapToObj(i -> ask(i(i) + "many", 5)).toList();
    finish();
    many.forEach(SchedulerTest::assertAnswered);
    assertThat(context.shapes).endsWith(new ContextShape(8, 512));
    assertThat(context.batchSizes.subList(context.batchSizes.size() - 3, context.batchSizes.size()))
        .as("all eight at once")
        .contains(8);
    assertThat(context.computed - before).isLessThanOrEqualTo(8 * (5 + 5));
  }

  /** A prompt whose answer does not end before it has so many tokens. */
  private static String talkative(int length, int tokens) {
    return IntStream.iterate(1, i -> i + 1)
        .mapToObj(seed -> letters(new Random(seed), length))
        .filter(text -> Letters.answer(text, tokens).length() == tokens)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void an_answer_that_outgrows_its_sequence_goes_on_in_a_longer_one() {
    context = cells(2048, 8, 2048, true);
    scheduler = schedulerOf(context, 8, 2048);
    String prompt = talkative(10, 600);
    Caller caller = ask(prompt, 600);
    finish();
    assertAnswered(caller);
    assertThat(context.shapes)
        .first()
        .satisfies(shape -> assertThat(shape.tokens()).isGreaterThanOrEqualTo(256 + 256));
    assertThat(context.computed)
        .as("each token once, but for the last before a move")
        .isLessThanOrEqualTo(610 + context.shapes.size());
  }

  @Test
  void what_can_be_moved_after_the_next_step_is_not_waited_for_any_longer() {
    context = cells(4096, 8, 4096, true);
    scheduler = schedulerOf(context, 8, 4096);
    context.copiesLate = true;
    String prompt = talkative(90, 60);
    Caller talker = ask(prompt, 60);
    while (talker.text.isEmpty()) {
      scheduler.step(AbortSignal.NEVER);
    }
    Caller alike = ask(prompt + "and", 60);
    Caller longOne = ask(letters(new Random(52), 700), 20);
    scheduler.step(AbortSignal.NEVER);
    assertThat(context.copies).as("of what they have in common").isEqualTo(1);
    assertThat(context.shapes).as("while a copy is still to be made").isEmpty();
    scheduler.step(AbortSignal.NEVER);
    assertThat(context.shapes).hasSize(1);
    finish();
    List.of(talker, alike, longOne).forEach(SchedulerTest::assertAnswered);
  }

  @Test
  void an_idle_sequence_that_is_too_large_to_move_takes_nothing_from_the_others() {
    context = cells(4096, 8, 4096, true);
    scheduler = schedulerOf(context, 8, 4096);
    List<String> small = IntStream.range(0, 3).mapToObj(i -> letters(new Random(i), 60)).toList();
    small.forEach(prompt -> ask(prompt, 1));
    finish();
    Caller large = ask(letters(new Random(9), 300), 1);
    finish();
    assertAnswered(large);
    context.heavierThan = 200;
    Caller longOne = ask(letters(new Random(52), 700), 1);
    finish();
    assertAnswered(longOne);
    assertThat(context.shapes).hasSize(1);
    context.heavierThan = Integer.MAX_VALUE;
    List<Caller> again = small.stream().map(prompt -> ask(prompt, 1)).toList();
    finish();
    assertThat(again).allMatch(caller -> caller.result().cachedTokens() == 59);
  }

  @Test
  void what_cannot_be_saved_keeps_nothing_else_from_being_saved() {
    ShelfStore shelf = new ShelfStore();
    store = shelf;
    scheduler = schedulerOf(context, 4, 4096);
    Caller small = ask(letters(new Random(1), 40), 1);
    finish();
    Caller large = ask(letters(new Random(2), 300), 1);
    finish();
    context.refusesFrom = 200;
    while (scheduler.kept().saveNext() == PrefixCache.Saved.ONE) {
      // The next one.
    }
    List.of(small, large).forEach(SchedulerTest::assertAnswered);
    assertThat(shelf.blocks).as("of the small one").hasSize(3);
    int tried = context.states;
    assertThat(scheduler.kept().saveNext()).isEqualTo(PrefixCache.Saved.NOTHING);
    assertThat(context.states).as("what was refused is not tried again").isEqualTo(tried);
  }

  @Test
  void whoever_stands_behind_many_that_fail_is_looked_at_in_the_same_step() {
    List<Caller> failing = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      failing.add(ask(letters(new Random(i), 5000), 1));
    }
    Caller last = ask("hello", 5);
    finish();
    assertThat(failing).allMatch(caller -> caller.failure().isPresent());
    assertAnswered(last);
  }

  @Test
  void a_request_for_which_there_is_no_thread_fails_alone() {
    Caller talker = ask("hello", 40);
    scheduler.step(AbortSignal.NEVER);
    noThreads = true;
    Caller one = ask("world", 5);
    scheduler.step(AbortSignal.NEVER);
    noThreads = false;
    Caller other = ask("again", 5);
    finish();
    assertThat(one.failure().orElseThrow()).hasMessageContaining("threads");
    List.of(talker, other).forEach(SchedulerTest::assertAnswered);
  }

  @Test
  void what_cannot_be_moved_is_tried_once_and_then_waited_for() {
    context = cells(4096, 8, 4096, true);
    scheduler = schedulerOf(context, 8, 4096);
    Caller talker = ask(talkative(90, 60), 60);
    scheduler.step(AbortSignal.NEVER);
    context.heavy = true;
    Caller longOne = ask(letters(new Random(52), 700), 20);
    while (!talker.hasEnded()) {
      scheduler.step(AbortSignal.NEVER);
      assertThat(context.shapes).isEmpty();
    }
    assertThat(context.states).isZero();
    finish();
    assertAnswered(talker);
    assertAnswered(longOne);
    assertThat(context.shapes).hasSize(1);
  }

  @Test
  void without_memory_for_a_longer_sequence_only_the_one_that_needs_it_fails() {
    context = cells(4096, 8, 4096, true);
    scheduler = schedulerOf(context, 8, 4096);
    Caller talker = ask("hello", 40);
    scheduler.step(AbortSignal.NEVER);
    context.cannotReshape = true;
    Caller longOne = ask(letters(new Random(52), 700), 20);
    finish();
    assertAnswered(talker);
    assertThat(longOne.failure()).isPresent();
    assertThat(longOne.failure().orElseThrow()).hasMessageContaining("no memory");
    assertThat(context.openStates).isZero();
  }

  @Test
  void a_short_prompt_overtakes_a_long_one_and_starves_it_not() {
    Caller longOne = ask(letters(new Random(3), 400), 3);
    scheduler.step(AbortSignal.NEVER);
    Caller shortOne = ask("short", 3);
    scheduler.step(AbortSignal.NEVER);
    assertThat(shortOne.text).isNotEmpty();
    assertThat(((GenerationEvent.Prefill) longOne.events.getLast()).done())
        .as("a batch, and then what the other left of one")
        .isGreaterThanOrEqualTo(BATCH + BATCH - 5);
    finish();
    assertAnswered(longOne);
    assertAnswered(shortOne);
  }

  @Test
  void what_requests_have_in_common_is_computed_once() {
    Random random = new Random(4);
    String common = letters(random, 2000);
    List<Caller> callers =
        IntStream.range(0, 8).mapToObj(i -> ask(common + letters(random, 3) + i(i), 1)).toList();
    finish();
    callers.forEach(SchedulerTest::assertAnswered);
    assertThat(context.computed).isLessThanOrEqualTo(2100);
    assertThat(callers.stream().skip(1))
        .allMatch(caller -> caller.result().cachedTokens() >= 2000 - 32);
  }

  private static String i(int i) {
    return String.valueOf((char) ('a' + i));
  }

  @Test
  void the_same_prompt_again_costs_one_token() {
    String prompt = letters(new Random(5), 300);
    assertAnswered(run(ask(prompt, 4)));
    int before = context.computed;
    Caller again = run(ask(prompt, 1));
    assertAnswered(again);
    assertThat(context.computed - before).isEqualTo(1);
    assertThat(again.result().cachedTokens()).isEqualTo(299);
  }

  @Test
  void several_prompts_that_are_known_begin_their_answers_in_one_step() {
    context.mixes = false;
    scheduler = schedulerOf(context, 4, 4096);
    List<String> prompts =
        IntStream.range(0, 4).mapToObj(i -> letters(new Random(20 + i), 100 + i)).toList();
    prompts.forEach(prompt -> ask(prompt, 2));
    finish();
    context.batchSizes.clear();
    List<Caller> again = prompts.stream().map(prompt -> ask(prompt, 2)).toList();
    finish();
    again.forEach(SchedulerTest::assertAnswered);
    assertThat(context.batchSizes).containsExactly(4, 4);
  }

  private Caller run(Caller caller) {
    finish();
    return caller;
  }

  @Test
  void the_next_turn_costs_its_own_text_only() {
    String prompt = letters(new Random(6), 200);
    for (int turn = 0; turn < 5; turn++) {
      int before = context.computed;
      Caller caller = run(ask(prompt, 30));
      assertAnswered(caller);
      int fresh = turn == 0 ? 200 : 10;
      assertThat(context.computed - before - caller.text.length())
          .as("computed beyond the new text and the answer, in turn %s", turn)
          .isLessThanOrEqualTo(fresh + 1);
      prompt = prompt + caller.text + letters(new Random(turn), 10);
    }
  }

  @Test
  void what_was_of_no_use_for_longest_goes_first() {
    context = cells(1024, 2, 1024, true);
    scheduler = schedulerOf(context, 2, 1024);
    Random random = new Random(7);
    String first = letters(random, 300);
    String second = letters(random, 300);
    run(ask(first, 1));
    run(ask(second, 1));
    run(ask(first + "a", 1));
    run(ask(letters(random, 500), 1));
    assertThat(run(ask(first + "b", 1)).result().cachedTokens()).isGreaterThanOrEqualTo(300);
    assertThat(run(ask(second + "b", 1)).result().cachedTokens()).isLessThan(100);
  }

  @Test
  void without_room_the_youngest_waits_and_nothing_is_lost() {
    context = cells(300, 4, 300, true);
    scheduler = schedulerOf(context, 4, 300);
    Random random = new Random(8);
    List<Caller> callers =
        IntStream.range(0, 6).mapToObj(i -> ask(letters(random, 100 + i), 150)).toList();
    finish();
    callers.forEach(SchedulerTest::assertAnswered);
  }

  @Test
  void a_request_that_needs_all_the_room_gets_it() {
    context = cells(200, 4, 200, true);
    scheduler = schedulerOf(context, 4, 200);
    Random random = new Random(9);
    run(ask(letters(random, 100), 20));
    Caller caller = ask(letters(random, 199), 1000);
    Caller other = ask(letters(random, 20), 10);
    finish();
    assertThat(caller.result().outputTokens()).isBetween(1, 2);
    assertAnswered(other);
  }

  @Test
  void a_cancelled_request_ends_its_step_and_the_others_lose_nothing() {
    Caller one = ask(letters(new Random(10), 100), 10);
    Caller other = ask(letters(new Random(11), 90), 10);
    scheduler.step(AbortSignal.NEVER);
    int computed = context.computed;
    one.ticket.cancel();
    assertThat(one.hasEnded()).as("told by the decode thread, which works for it").isFalse();
    scheduler.step(AbortSignal.NEVER);
    assertThat(one.failure()).map(EngineException::kind).contains(EngineException.Kind.CANCELLED);
    finish();
    assertAnswered(other);
    assertThat(context.computed - computed).isLessThan(110);
  }

  @Test
  void what_a_cancelled_request_computed_is_of_use_to_the_next() {
    String prompt = letters(new Random(12), 320);
    Caller caller = ask(prompt, 10);
    for (int i = 0; i < 5; i++) {
      scheduler.step(AbortSignal.NEVER);
    }
    caller.ticket.cancel();
    finish();
    assertThat(run(ask(prompt, 10)).result().cachedTokens()).isEqualTo(5 * BATCH);
  }

  @Test
  void a_paused_request_gives_its_place_to_others_and_goes_on_where_it_was() {
    scheduler = schedulerOf(context, 1, 4096);
    Caller slow = ask("slow", 50);
    scheduler.step(AbortSignal.NEVER);
    scheduler.step(AbortSignal.NEVER);
    slow.ticket.pause();
    int before = slow.text.length();
    Caller other = ask("other", 20);
    finish();
    assertAnswered(other);
    assertThat(slow.text).hasSize(before);
    int computed = context.computed;
    slow.ticket.resume();
    finish();
    assertAnswered(slow);
    assertThat(context.computed - computed)
        .as("the last token it was told before, and then each new one, once")
        .isLessThanOrEqualTo(slow.text.length() - before + 1);
  }

  @Test
  void a_prompt_that_is_read_a_second_time_is_told_of_once() {
    context = cells(300, 1, 300, true);
    scheduler = schedulerOf(context, 1, 300);
    Random random = new Random(14);
    Caller slow = ask(letters(random, 100), 50);
    while (slow.text.isEmpty()) {
      scheduler.step(AbortSignal.NEVER);
    }
    slow.ticket.pause();
    run(ask(letters(random, 280), 10));
    int computed = context.computed;
    slow.ticket.resume();
    assertAnswered(run(slow));
    assertThat(context.computed - computed).as("it was read again").isGreaterThan(100);
    List<GenerationEvent> untilText =
        slow.events.stream().takeWhile(event -> !(event instanceof GenerationEvent.Text)).toList();
    assertThat(untilText)
        .startsWith(
            new GenerationEvent.Prefill(0, 100, 0), new GenerationEvent.Prefill(BATCH, 100, 0))
        .endsWith(new GenerationEvent.Prefill(100, 100, 0));
    assertThat(slow.events.subList(untilText.size(), slow.events.size()))
        .noneMatch(GenerationEvent.Prefill.class::isInstance);
  }

  @Test
  void a_memory_that_shares_nothing_serves_all_the_same() {
    context = cells(400, 4, 400, false);
    scheduler = schedulerOf(context, 4, 400);
    Random random = new Random(13);
    String common = letters(random, 60);
    List<Caller> callers =
        IntStream.range(0, 9).mapToObj(i -> ask(common + letters(random, i), 30)).toList();
    finish();
    callers.forEach(SchedulerTest::assertAnswered);
    assertThat(context.usedCells()).isZero();
  }

  @Test
  void whoever_waits_knows_how_many_are_before_it() {
    scheduler = schedulerOf(context, 1, 4096);
    ask("first", 2);
    ask("second", 2);
    Caller third = ask("third", 2);
    finish();
    assertThat(third.events)
        .filteredOn(GenerationEvent.Queued.class::isInstance)
        .containsExactly(new GenerationEvent.Queued(2), new GenerationEvent.Queued(1));
  }

  @Test
  void a_caller_who_cannot_be_told_that_it_waits_harms_no_other() {
    scheduler = schedulerOf(context, 1, 4096);
    Caller first = ask("first", 5);
    List<GenerationEvent> told = new ArrayList<>();
    scheduler.add(
        new Ticket(
            first.ticket.request(),
            ResponseFormat.FREE,
            event -> {
              told.add(event);
              if (!(event instanceof GenerationEvent.Failed)) {
                throw new StackOverflowError("too deep");
              }
            },
            () -> {}));
    finish();
    assertAnswered(first);
    assertThat(told)
        .hasExactlyElementsOfTypes(GenerationEvent.Queued.class, GenerationEvent.Failed.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatever_comes_and_goes_answers_are_right_and_nothing_leaks(boolean shares) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    context = cells(600, 4, 300, shares);
    context.mixes = random.nextBoolean();
    ShelfStore shelf = new ShelfStore();
    shelf.fails = () -> random.nextInt(20) == 0;
    store = shelf;
    scheduler = schedulerOf(context, 4, 300, 16);
    List<String> beginnings =
        IntStream.range(0, 5).mapToObj(i -> letters(random, 20 + 30 * i)).toList();
    List<Caller> callers = new ArrayList<>();
    List<Caller> open = new ArrayList<>();
    while (callers.size() < 5_000) {
      if (open.size() < 10) {
        String beginning = beginnings.get(random.nextInt(beginnings.size()));
        Caller caller =
            ask(beginning + letters(random, 1 + random.nextInt(60)), 1 + random.nextInt(80));
        callers.add(caller);
        open.add(caller);
      }
      Caller some = open.get(random.nextInt(open.size()));
      switch (random.nextInt(12)) {
        case 0 -> some.ticket.cancel();
        case 1 -> some.ticket.pause();
        case 2, 3 -> some.ticket.resume();
        default -> {}
      }
      if (shares && random.nextInt(5) == 0) {
        PrefixCache.Saved _ = scheduler.kept().saveNext();
      }
      // In the middle of some steps, somebody goes.
      boolean cancels = random.nextInt(10) == 0;
      scheduler.step(
          () -> {
            if (cancels) {
              some.ticket.cancel();
            }
            return false;
          });
      open.removeIf(Caller::hasEnded);
    }
    open.forEach(caller -> caller.ticket.resume());
    finish();
    int cancelled = 0;
    for (Caller caller : callers) {
      assertThat(caller.hasEnded()).as("seed %s", seed).isTrue();
      if (caller.ticket.raised()) {
        cancelled++;
      } else {
        assertThat(caller.text)
            .as("seed %s", seed)
            .hasToString(
                Letters.answer(
                    caller.prompt, Math.min(caller.maxTokens, 301 - caller.prompt.length())));
      }
    }
    assertThat(cancelled).isBetween(100, 4_500);
    scheduler.release();
    assertThat(context.openStates).as("seed %s", seed).isZero();
    assertThat(scheduler.running()).isZero();
    assertThat(scheduler.waiting()).isZero();
    for (int i = 0; i < context.shape().sequences(); i++) {
      assertThat(scheduler.memory().noted(i))
          .as("tokens known of sequence %s, seed %s", i, seed)
          .isEqualTo(context.lastPosition(i) + 1);
    }
  }
}
