package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.engine.generation.GenerationResult;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the events of one request into a whole answer. The decode thread tells it; the call's
 * thread waits.
 */
final class AnswerCollector implements GenerationListener {

  /** A whole answer. */
  record Answer(String text, GenerationResult result) {}

  private final CountDownLatch ended = new CountDownLatch(1);

  /** Owned by the decode thread until {@link #ended} is released. */
  private final StringBuilder text = new StringBuilder();

  private @Nullable GenerationEvent last;

  @Override
  public void onEvent(GenerationEvent event) {
    switch (event) {
      case GenerationEvent.Queued queued -> {}
      case GenerationEvent.Prefill prefill -> {}
      case GenerationEvent.Text more -> text.append(more.text());
      case GenerationEvent.Finished finished -> end(finished);
      case GenerationEvent.Failed failed -> end(failed);
    }
  }

  private void end(GenerationEvent event) {
    last = event;
    ended.countDown();
  }

  /**
   * Waits for the end. The engine always ends a request, so this needs no deadline; who wants it
   * sooner cancels the request.
   *
   * @throws EngineException if there is no answer
   */
  Answer await() throws InterruptedException {
    ended.await();
    if (last instanceof GenerationEvent.Finished(GenerationResult result)) {
      return new Answer(text.toString(), result);
    }
    if (last instanceof GenerationEvent.Failed(EngineException cause)) {
      throw cause;
    }
    throw new IllegalStateException("a request ended with " + last);
  }
}
