package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.daemon.schedule.Waiting;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationEvent;
import dev.tsuku.llm.protocol.v1.CompletionEvent;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Optional;

/**
 * Tells the caller each event as it comes, and while the caller is not ready, nothing: then the
 * {@link Outbox} holds what there is. Only the call's thread writes to the caller, and it must not
 * be gRPC's own thread for the call, because that one says when the caller is ready.
 */
final class StreamReply implements Reply {

  private final ServerCallStreamObserver<CompletionEvent> caller;
  private final Outbox outbox = new Outbox();

  /** To be made on gRPC's own thread for the call. */
  StreamReply(ServerCallStreamObserver<CompletionEvent> caller) {
    this.caller = caller;
    caller.setOnReadyHandler(outbox::wake);
    // The pass's cancellation says that the caller has gone; without this, writing to it would
    // throw.
    caller.setOnCancelHandler(outbox::wake);
  }

  @Override
  public void onWaiting(Waiting news) {
    outbox.put(Events.of(news));
    if (caller.isReady()) {
      outbox.poll().ifPresent(caller::onNext);
    }
  }

  @Override
  public void onEvent(GenerationEvent event) {
    outbox.onEvent(event);
  }

  @Override
  public void follow(Generation generation) {
    outbox.follow(generation);
  }

  @Override
  public Answer await() throws InterruptedException {
    Optional<CompletionEvent> next = outbox.next(caller::isReady);
    while (next.isPresent()) {
      caller.onNext(next.get());
      next = outbox.next(caller::isReady);
    }
    return outbox.answer();
  }

  @Override
  public void complete(CompletionResponse response, Cancellation cancellation)
      throws InterruptedException {
    cancellation.onCancel(outbox::giveUp);
    Optional<CompletionEvent> next = outbox.rest(caller::isReady);
    while (next.isPresent()) {
      caller.onNext(next.get());
      next = outbox.rest(caller::isReady);
    }
    caller.onNext(Events.done(response));
    caller.onCompleted();
  }

  @Override
  public void fail(StatusRuntimeException status) {
    caller.onError(status);
  }
}
