package dev.tsuku.llm.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.generation.DecodeCounts;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.protocol.v1.CompletionEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OutboxTest {

  private static final GenerationResult RESULT =
      new GenerationResult(
          StopReason.END_OF_TURN,
          5,
          3,
          2,
          DecodeCounts.NONE,
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO);

  private final Outbox outbox = new Outbox();
  private final RecordedGeneration generation = new RecordedGeneration();

  /** Remembers what was done to it. */
  private static final class RecordedGeneration implements Generation {
    final List<String> calls = new ArrayList<>();

    @Override
    public void cancel() {
      calls.add("cancel");
    }

    @Override
    public void pause() {
      calls.add("pause");
    }

    @Override
    public void resume() {
      calls.add("resume");
    }
  }

  private void say(String text) {
    outbox.onEvent(new GenerationEvent.Text(text));
  }

  private void finish() {
    outbox.onEvent(new GenerationEvent.Finished(RESULT));
  }

  private List<CompletionEvent> takeAll() {
    List<CompletionEvent> events = new ArrayList<>();
    for (Optional<CompletionEvent> next = outbox.poll(); next.isPresent(); next = outbox.poll()) {
      events.add(next.get());
    }
    return events;
  }

  @Test
  void what_is_taken_at_once_comes_event_by_event() throws InterruptedException {
    List<CompletionEvent> taken = new ArrayList<>();
    List<GenerationEvent> told =
        List.of(
            new GenerationEvent.Queued(2),
            new GenerationEvent.Prefill(4, 9, 3),
            new GenerationEvent.Prefill(9, 9, 3),
            new GenerationEvent.Text("Good"),
            new GenerationEvent.Text(" day"));
    for (GenerationEvent event : told) {
      outbox.onEvent(event);
      taken.add(outbox.next(() -> true).orElseThrow());
    }
    assertThat(taken)
        .containsExactly(
            Events.queued(2),
            Events.of(new GenerationEvent.Prefill(4, 9, 3)),
            Events.of(new GenerationEvent.Prefill(9, 9, 3)),
            Events.text("Good"),
            Events.text(" day"));
  }

  @Test
  void what_a_slow_caller_has_missed_is_the_latest_progress_and_one_text() {
    outbox.put(Events.queued(3));
    outbox.onEvent(new GenerationEvent.Queued(1));
    outbox.onEvent(new GenerationEvent.Prefill(4, 9, 0));
    outbox.onEvent(new GenerationEvent.Prefill(9, 9, 0));
    say("Good");
    say(" day");
    say(", 😀");
    assertThat(takeAll())
        .containsExactly(
            Events.of(new GenerationEvent.Prefill(9, 9, 0)), Events.text("Good day, 😀"));
  }

  @Test
  void too_much_that_is_not_taken_pauses_the_generation_once_until_it_is_taken() {
    outbox.follow(generation);
    String piece = "x".repeat(1000);
    while (generation.calls.isEmpty()) {
      say(piece);
    }
    say(piece);
    assertThat(generation.calls).containsExactly("pause");
    List<CompletionEvent> taken = takeAll();
    assertThat(taken).hasSize(1);
    assertThat(taken.getFirst().getText().length())
        .as("no more than the limit, what went over it, and what came after")
        .isBetween(Outbox.MAX_CHARS, Outbox.MAX_CHARS + 2000);
    assertThat(generation.calls).containsExactly("pause", "resume");
    say("y".repeat(Outbox.MAX_CHARS));
    assertThat(generation.calls).containsExactly("pause", "resume", "pause");
  }

  @Test
  void a_generation_that_was_too_fast_before_it_was_known_is_paused_when_it_is() {
    say("x".repeat(Outbox.MAX_CHARS));
    outbox.follow(generation);
    assertThat(generation.calls).containsExactly("pause");
  }

  @Test
  void one_that_was_taken_from_in_time_is_never_paused() {
    outbox.follow(generation);
    for (int i = 0; i < 100; i++) {
      say("x".repeat(Outbox.MAX_CHARS / 2));
      takeAll();
    }
    assertThat(generation.calls).isEmpty();
  }

  @Test
  void who_waits_gets_what_comes_and_only_when_the_caller_is_ready() throws Exception {
    AtomicBoolean ready = new AtomicBoolean();
    CompletableFuture<Optional<CompletionEvent>> next = later(ready);
    say("Good");
    assertThatThrownBy(() -> next.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(java.util.concurrent.TimeoutException.class);
    ready.set(true);
    outbox.wake();
    assertThat(next.get(20, TimeUnit.SECONDS)).contains(Events.text("Good"));
  }

  private CompletableFuture<Optional<CompletionEvent>> later(AtomicBoolean ready) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return outbox.next(ready::get);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void the_end_is_known_before_the_caller_has_taken_everything_and_nothing_is_lost()
      throws InterruptedException {
    outbox.onEvent(new GenerationEvent.Prefill(9, 9, 0));
    say("Good");
    say(" day");
    finish();
    assertThat(outbox.next(() -> false)).isEmpty();
    assertThat(outbox.answer()).isEqualTo(new Answer("Good day", List.of(), RESULT));
    assertThat(outbox.rest(() -> true)).contains(Events.of(new GenerationEvent.Prefill(9, 9, 0)));
    assertThat(outbox.rest(() -> true)).contains(Events.text("Good day"));
    assertThat(outbox.rest(() -> true)).isEmpty();
  }

  @Test
  void the_answer_is_whole_whatever_was_taken_of_it() {
    say("Good");
    takeAll();
    say(" day");
    finish();
    assertThat(outbox.answer().text()).isEqualTo("Good day");
  }

  @Test
  void a_failure_is_told_at_once_although_there_is_more_to_take() {
    say("Good");
    EngineException failure = new EngineException(EngineException.Kind.FAILED, "no");
    outbox.onEvent(new GenerationEvent.Failed(failure));
    assertThatThrownBy(() -> outbox.next(() -> false)).isSameAs(failure);
  }

  @Test
  void giving_up_ends_the_wait_for_a_caller_that_does_not_read() throws Exception {
    say("Good");
    finish();
    CompletableFuture<Optional<CompletionEvent>> rest =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return outbox.rest(() -> false);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    assertThatThrownBy(() -> rest.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(java.util.concurrent.TimeoutException.class);
    outbox.giveUp();
    assertThatThrownBy(() -> rest.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.CANCELLED));
  }
}
