package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.EngineCaches;
import dev.tsuku.llm.engine.EngineSettings;
import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** The whole engine on a real model: what is shared or done together must not change the answer. */
class EngineOnLlamaTest {

  private static final int ANSWER = 40;

  /** Below this, which of two tokens comes first depends on the order of sums. */
  private static final float NEAR_TIE = 0.05f;

  private static final List<String> BEGINNINGS =
      List.of(
          "Once upon a time",
          "There was a big dog who",
          "Lily and Tom went to the park. They",
          "One day, a little bird",
          "The sun was hot and",
          "Mom said that",
          "A boy named Tim had a red car. He",
          "In the garden, a cat saw");

  private record Answer(String text, GenerationResult result) {}

  private static Engine engine(int sequences) {
    return engine(sequences, 0);
  }

  private static Engine engine(int sequences, int draftTokens) {
    return engine(sequences, draftTokens, stateForm -> PrefixStore.NONE);
  }

  private static Engine engine(int sequences, int draftTokens, PrefixStore.Opener prefixes) {
    // One thread: several wait for each other by spinning, which is slow beside other programs.
    return Engine.open(
        Native.backend().load(Native.stories(), LoadMonitor.NONE),
        new EngineSettings(2048, 32, 32, 16, sequences, 1, draftTokens),
        EngineCaches.of(prefixes));
  }

  private static final class Call {
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final Generation generation;

    Call(Engine engine, String prompt, int maxTokens) {
      generation =
          engine.submit(
              new GenerationRequest(
                  "test", new Conversation("", List.of(new Turn.User(prompt))), maxTokens),
              this::onEvent);
    }

    private void onEvent(GenerationEvent event) {
      switch (event) {
        case GenerationEvent.Text more -> text.append(more.text());
        case GenerationEvent.Finished(GenerationResult result) ->
            answer.complete(new Answer(text.toString(), result));
        case GenerationEvent.Failed(EngineException cause) -> answer.completeExceptionally(cause);
        case GenerationEvent.Called called -> {}
        case GenerationEvent.Queued queued -> {}
        case GenerationEvent.Prefill prefill -> {}
      }
    }

    Answer await() {
      return answer.join();
    }
  }

  private static String ask(Engine engine, String prompt) {
    return new Call(engine, prompt, ANSWER).await().text();
  }

  @Test
  void answers_are_the_same_alone_and_together(TestReporter reporter) {
    List<String> alone = new ArrayList<>();
    for (String beginning : BEGINNINGS) {
      try (Engine engine = engine(1)) {
        alone.add(ask(engine, beginning));
      }
    }
    List<String> together;
    try (Engine engine = engine(8)) {
      List<Call> calls = BEGINNINGS.stream().map(b -> new Call(engine, b, ANSWER)).toList();
      together = calls.stream().map(call -> call.await().text()).toList();
    }
    int nearTies = 0;
    for (int i = 0; i < BEGINNINGS.size(); i++) {
      nearTies += sameOrNearTie(BEGINNINGS.get(i), alone.get(i), together.get(i));
    }
    reporter.publishEntry("near ties", nearTies + " of " + BEGINNINGS.size());
  }

  @Test
  void answers_are_the_same_with_guesses_and_without(TestReporter reporter) {
    // So that there is something to be repeated.
    String story = "One day, Lily met Tom. Tom had a red ball. Lily and Tom played with the ball. ";
    int nearTies = 0;
    try (Engine plain = engine(4);
        Engine guessing = engine(4, 16)) {
      List<Call> calls =
          BEGINNINGS.stream().map(b -> new Call(guessing, story.repeat(2) + b, ANSWER)).toList();
      for (int i = 0; i < BEGINNINGS.size(); i++) {
        String prompt = story.repeat(2) + BEGINNINGS.get(i);
        nearTies += sameOrNearTie(prompt, ask(plain, prompt), calls.get(i).await().text());
      }
    }
    reporter.publishEntry("near ties", nearTies + " of " + BEGINNINGS.size());
  }

  @Test
  void what_is_shared_gives_the_same_answer_as_what_is_not(TestReporter reporter) {
    String common = "Lily had a dog. ".repeat(8);
    List<String> unshared = new ArrayList<>();
    for (String beginning : BEGINNINGS) {
      try (Engine engine = engine(1)) {
        unshared.add(ask(engine, common + beginning));
      }
    }
    int nearTies = 0;
    try (Engine engine = engine(4)) {
      for (int i = 0; i < BEGINNINGS.size(); i++) {
        Answer answer = new Call(engine, common + BEGINNINGS.get(i), ANSWER).await();
        nearTies += sameOrNearTie(common + BEGINNINGS.get(i), unshared.get(i), answer.text());
        int own = answer.result().inputTokens() - answer.result().cachedTokens();
        assertThat(own).as("tokens computed").isLessThan(i == 0 ? 100 : 30);
      }
    }
    reporter.publishEntry("near ties", nearTies + " of " + BEGINNINGS.size());
  }

  @Test
  void what_an_earlier_engine_kept_gives_the_same_answer_as_what_is_computed(
      TestReporter reporter) {
    String common = "Lily had a dog. ".repeat(8);
    MemoryPrefixStore store = new MemoryPrefixStore();
    try (Engine first = engine(1, 0, store::openedFor)) {
      ask(first, common + BEGINNINGS.getFirst());
    }
    assertThat(store.size()).as("blocks kept by an engine that closes").isGreaterThan(2);
    int nearTies = 0;
    for (String beginning : BEGINNINGS) {
      String fresh;
      try (Engine engine = engine(1)) {
        fresh = ask(engine, common + beginning);
      }
      try (Engine engine = engine(2, 0, store::openedFor)) {
        Answer restored = new Call(engine, common + beginning, ANSWER).await();
        nearTies += sameOrNearTie(common + beginning, fresh, restored.text());
        assertThat(restored.result().cachedTokens())
            .as("tokens restored")
            .isGreaterThanOrEqualTo(2 * MemoryPrefixStore.BLOCK);
      }
    }
    reporter.publishEntry("near ties", nearTies + " of " + BEGINNINGS.size());
  }

  /**
   * 0 for equal answers, 1 for answers that part where two tokens are as good as equally likely.
   */
  private static int sameOrNearTie(String prompt, String one, String other) {
    if (one.equals(other)) {
      return 0;
    }
    int common = 0;
    while (common < Math.min(one.length(), other.length())
        && one.charAt(common) == other.charAt(common)) {
      common++;
    }
    assertThat(gapBehind(prompt, one, common))
        .as("'%s' and '%s' part after %s characters", one, other, common)
        .isLessThan(NEAR_TIE);
    return 1;
  }

  /** How far the two likeliest tokens are apart where an answer has got to a character. */
  private static float gapBehind(String prompt, String answer, int chars) {
    try (LlamaModel model = Native.backend().load(Native.stories(), LoadMonitor.NONE);
        BackendContext context = model.open(Story.SETTINGS)) {
      int[] begun = model.vocabulary().tokenize(prompt, SpecialTokens.TEXT, true);
      Story.read(context, 0, model.vocabulary().startToken().orElseThrow());
      int next = Story.read(context, 0, begun);
      StringBuilder text = new StringBuilder();
      int last = begun.length - 1;
      float smallest = Float.MAX_VALUE;
      // The token in which they part begins at or before the character.
      while (text.length() <= chars && text.length() < answer.length()) {
        smallest = Math.min(smallest, gap(context.logits(last).asFloatBuffer()));
        text.append(new String(model.vocabulary().bytes(next), StandardCharsets.UTF_8));
        next = Story.read(context, 0, next);
        last = 0;
      }
      return smallest;
    }
  }

  private static float gap(FloatBuffer logits) {
    float first = Float.NEGATIVE_INFINITY;
    float second = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.limit(); i++) {
      float logit = logits.get(i);
      if (logit > first) {
        second = first;
        first = logit;
      } else {
        second = Math.max(second, logit);
      }
    }
    return first - second;
  }

  @Test
  void a_few_hundred_cancelled_requests_leave_nothing_behind() {
    cancelAtRandom(300);
  }

  @Test
  @Tag("long")
  void ten_thousand_cancelled_requests_leave_nothing_behind() {
    cancelAtRandom(10_000);
  }

  private static void cancelAtRandom(int requests) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (Engine engine = engine(4)) {
      String expected = ask(engine, BEGINNINGS.getFirst());
      int cancelled = 0;
      List<Call> calls = new ArrayList<>();
      for (int i = 0; i < requests; i++) {
        calls.add(
            new Call(
                engine,
                "The end. ".repeat(random.nextInt(8)) + BEGINNINGS.get(random.nextInt(8)),
                1 + random.nextInt(ANSWER)));
        // Six at work or waiting; one of them, whatever it is doing, is given up.
        if (calls.size() >= 6) {
          calls.get(random.nextInt(6)).generation.cancel();
          for (Call call : List.copyOf(calls)) {
            if (random.nextInt(3) > 0) {
              cancelled += hasEndedCancelled(call) ? 1 : 0;
              calls.remove(call);
            }
          }
        }
      }
      calls.forEach(EngineOnLlamaTest::hasEndedCancelled);
      assertThat(cancelled).as("seed %s", seed).isGreaterThan(requests / 50);
      assertThat(ask(engine, BEGINNINGS.getFirst())).as("seed %s", seed).isEqualTo(expected);
      // Needs nearly every cell there is: whatever had been leaked would be missing now.
      String all = " a".repeat(engine.contextTokens() - 20);
      assertThat(new Call(engine, all, 10).await().result().outputTokens()).isPositive();
    }
  }

  private static boolean hasEndedCancelled(Call call) {
    try {
      Answer ignored = call.answer.get();
      return false;
    } catch (ExecutionException e) {
      assertThat(e.getCause())
          .isInstanceOfSatisfying(
              EngineException.class,
              cause -> assertThat(cause.kind()).isEqualTo(EngineException.Kind.CANCELLED));
      return true;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
