package dev.tsuku.llm.engine;

import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationResult;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Keeps every event, and lets a test wait for the last one. */
final class RecordingListener implements GenerationListener {

  private final List<GenerationEvent> events = new CopyOnWriteArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  @Override
  public void onEvent(GenerationEvent event) {
    events.add(event);
    if (event instanceof GenerationEvent.Finished || event instanceof GenerationEvent.Failed) {
      ended.countDown();
    }
  }

  List<GenerationEvent> awaitEvents() throws InterruptedException {
    if (!ended.await(10, TimeUnit.SECONDS)) {
      throw new AssertionError("no last event within 10 s; so far: " + events);
    }
    return events;
  }

  String awaitText() throws InterruptedException {
    return awaitEvents().stream()
        .filter(GenerationEvent.Text.class::isInstance)
        .map(event -> ((GenerationEvent.Text) event).text())
        .collect(Collectors.joining());
  }

  GenerationResult awaitResult() throws InterruptedException {
    return switch (awaitEvents().getLast()) {
      case GenerationEvent.Finished(GenerationResult result) -> result;
      case GenerationEvent other -> throw new AssertionError("ended with " + other);
    };
  }

  EngineException awaitFailure() throws InterruptedException {
    return switch (awaitEvents().getLast()) {
      case GenerationEvent.Failed(EngineException cause) -> cause;
      case GenerationEvent other -> throw new AssertionError("ended with " + other);
    };
  }
}
