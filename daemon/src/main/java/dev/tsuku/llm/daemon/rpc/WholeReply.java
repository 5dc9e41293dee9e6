package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.daemon.schedule.Waiting;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.template.ToolCall;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Gathers the events of one request and tells the caller nothing but the whole answer. */
final class WholeReply implements Reply {

  private final StreamObserver<CompletionResponse> caller;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Owned by the decode thread until {@link #ended} is released. */
  private final StringBuilder text = new StringBuilder();

  /** Owned like the text. */
  private final List<ToolCall> calls = new ArrayList<>();

  private @Nullable GenerationEvent last;

  WholeReply(StreamObserver<CompletionResponse> caller) {
    this.caller = caller;
  }

  @Override
  public void onWaiting(Waiting news) {}

  @Override
  public void follow(Generation generation) {}

  @Override
  public void onEvent(GenerationEvent event) {
    switch (event) {
      case GenerationEvent.Queued queued -> {}
      case GenerationEvent.Prefill prefill -> {}
      case GenerationEvent.Text more -> text.append(more.text());
      case GenerationEvent.Called called -> calls.add(called.call());
      case GenerationEvent.Finished finished -> end(finished);
      case GenerationEvent.Failed failed -> end(failed);
    }
  }

  private void end(GenerationEvent event) {
    last = event;
    ended.countDown();
  }

  @Override
  public Answer await() throws InterruptedException {
    ended.await();
    if (last instanceof GenerationEvent.Finished(GenerationResult result)) {
      return new Answer(text.toString(), calls, result);
    }
    if (last instanceof GenerationEvent.Failed(EngineException cause)) {
      throw cause;
    }
    throw new IllegalStateException("a request ended with " + last);
  }

  @Override
  public void complete(CompletionResponse response, Cancellation cancellation) {
    caller.onNext(response);
    caller.onCompleted();
  }

  @Override
  public void fail(StatusRuntimeException status) {
    caller.onError(status);
  }
}
