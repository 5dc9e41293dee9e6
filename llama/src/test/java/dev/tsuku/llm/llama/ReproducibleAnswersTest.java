package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.EngineCaches;
import dev.tsuku.llm.engine.EngineSettings;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.Sampling;
import dev.tsuku.llm.engine.generation.ToolChoice;
import dev.tsuku.llm.engine.prefix.PrefixStore;
import dev.tsuku.llm.template.Conversation;
import dev.tsuku.llm.template.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * The same request gets the same answer, to the last letter, whatever the engine has done before
 * and does beside it. Greedy, and drawn with a seed; questions alone and behind a longer text, and
 * texts that repeat, so that guesses are made. All are shorter than 256 tokens with their answers:
 * llama.cpp sums attention over longer ones in an order that depends on what is computed together.
 */
@Tag("long")
@TestInstance(Lifecycle.PER_CLASS)
class ReproducibleAnswersTest {

  private static final int PROMPTS = 100;
  private static final int ANSWER = 16;

  private static final List<String> SUBJECTS =
      List.of(
          "a lighthouse",
          "the moon",
          "old bridges",
          "bread",
          "a fox",
          "rivers",
          "chess",
          "snow",
          "a clock",
          "trains");

  private static final List<String> QUESTIONS =
      List.of(
          "Explain %s to a child.",
          "Write a line of verse about %s.",
          "What is %s good for?",
          "Why do people like %s?",
          "Name three facts about %s.");

  private final MemoryPrefixStore store = new MemoryPrefixStore();
  private final List<GenerationRequest> requests =
      IntStream.range(0, PROMPTS).mapToObj(ReproducibleAnswersTest::request).toList();
  private List<String> cold = List.of();

  private static GenerationRequest request(int number) {
    String subject = SUBJECTS.get(number % SUBJECTS.size());
    String question = QUESTIONS.get(number / SUBJECTS.size() % QUESTIONS.size()).formatted(subject);
    String text =
        switch (number % 5) {
          case 0 -> "Copy this list.\n- " + (subject + " number " + number + "\n- ").repeat(5);
          case 1 -> ("It is said of " + subject + " that it is old. ").repeat(8) + question;
          default -> question;
        };
    Sampling sampling =
        number % 2 == 0
            ? Sampling.GREEDY
            : new Sampling(0.8, 40, 0.95, 0, 1, OptionalLong.of(number));
    return new GenerationRequest(
        "r" + number,
        new Conversation("", List.of(new Turn.User(text))),
        ANSWER,
        sampling,
        List.of(),
        "",
        ToolChoice.AUTO);
  }

  private static Engine engine(int draftTokens, PrefixStore.Opener prefixes) {
    return Engine.open(
        Native.backend()
            .load(Native.shared("models/SmolLM2-135M-Instruct.Q4_1.gguf"), LoadMonitor.NONE),
        new EngineSettings(16_384, 512, 512, 512, 8, 2, draftTokens),
        EngineCaches.of(prefixes));
  }

  private static CompletableFuture<String> ask(Engine engine, GenerationRequest request) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    StringBuilder text = new StringBuilder();
    engine.submit(
        request,
        event -> {
          switch (event) {
            case GenerationEvent.Text more -> text.append(more.text());
            case GenerationEvent.Finished finished -> answer.complete(text.toString());
            case GenerationEvent.Failed(EngineException cause) ->
                answer.completeExceptionally(cause);
            case GenerationEvent.Called called -> {}
            case GenerationEvent.Queued queued -> {}
            case GenerationEvent.Prefill prefill -> {}
          }
        });
    return answer;
  }

  private static List<String> oneByOne(Engine engine, List<GenerationRequest> asked) {
    return asked.stream().map(request -> ask(engine, request).join()).toList();
  }

  private Engine engine;

  @BeforeAll
  void askAll() {
    engine = engine(16, store::openedFor);
    cold = oneByOne(engine, requests);
    assertThat(cold).doesNotContain("");
    assertThat(cold.stream().distinct()).hasSizeGreaterThan(PROMPTS / 2);
  }

  @AfterAll
  void close() {
    if (engine != null) {
      engine.close();
    }
  }

  private void assertSame(List<String> answers) {
    List<String> different = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      if (!answers.get(i).equals(cold.get(i))) {
        different.add(i + ": " + cold.get(i) + "\nbut: " + answers.get(i));
      }
    }
    assertThat(different).isEmpty();
  }

  @Test
  void after_others_and_again() {
    assertSame(oneByOne(engine, requests.reversed()).reversed());
  }

  @Test
  void beside_others() {
    List<String> answers = new ArrayList<>();
    // As many as are at work at once, and those who wait meanwhile.
    for (int from = 0; from < PROMPTS; from += 20) {
      requests.subList(from, from + 20).stream()
          .map(request -> ask(engine, request))
          .toList()
          .forEach(answer -> answers.add(answer.join()));
    }
    assertSame(answers);
  }

  @Test
  void after_a_restart_with_what_was_kept() {
    try (Engine first = engine(16, store::openedFor)) {
      oneByOne(first, requests.subList(0, 8));
    }
    try (Engine second = engine(16, store::openedFor)) {
      assertSame(oneByOne(second, requests));
    }
  }

  @Test
  void without_guesses() {
    try (Engine plain = engine(0, stateForm -> PrefixStore.NONE)) {
      assertSame(oneByOne(plain, requests));
    }
  }
}
