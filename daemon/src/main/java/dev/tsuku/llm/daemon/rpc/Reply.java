package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.daemon.schedule.Waiting;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationListener;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import io.grpc.StatusRuntimeException;

/**
 * The way back to the caller of one completion. The engine tells it, mostly on the decode thread,
 * what becomes of the request; everything else is for the call's thread, and in the order in which
 * it stands here. {@link #fail} may come instead of anything.
 */
interface Reply extends GenerationListener {

  /** Notes what the request waits for. */
  void onWaiting(Waiting news);

  /** From now on the request is the engine's. */
  void follow(Generation generation);

  /**
   * Waits until the engine has ended the request. It always does, so this needs no deadline; who
   * wants it sooner cancels the generation.
   *
   * @throws EngineException if there is no answer
   */
  Answer await() throws InterruptedException;

  /**
   * Ends the call well.
   *
   * @param cancellation ends a wait for a caller that does not read
   * @throws EngineException of kind {@code CANCELLED} if it did
   */
  void complete(CompletionResponse response, Cancellation cancellation) throws InterruptedException;

  /** Ends the call with a status; whatever the caller has not been told is dropped. */
  void fail(StatusRuntimeException status);
}
