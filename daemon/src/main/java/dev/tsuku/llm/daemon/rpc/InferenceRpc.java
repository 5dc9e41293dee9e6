package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.daemon.drain.Gate;
import dev.tsuku.llm.daemon.drain.Pass;
import dev.tsuku.llm.daemon.rpc.AnswerCollector.Answer;
import dev.tsuku.llm.daemon.schedule.Lease;
import dev.tsuku.llm.daemon.schedule.ModelHost;
import dev.tsuku.llm.daemon.schedule.ModelStatus;
import dev.tsuku.llm.daemon.state.Lifecycle;
import dev.tsuku.llm.daemon.state.StopRequest;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc;
import dev.tsuku.llm.protocol.v1.ModelState;
import dev.tsuku.llm.protocol.v1.ShutdownRequest;
import dev.tsuku.llm.protocol.v1.ShutdownResponse;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.protocol.v1.StatusResponse;
import dev.tsuku.llm.protocol.v1.Usage;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The service on the wire. Each call runs on a virtual thread of its own from its arrival to its
 * answer; a Complete is in the {@link Gate} all that time, so that neither idling nor draining can
 * overlook it. Thread-safe.
 */
public final class InferenceRpc extends InferenceServiceGrpc.InferenceServiceImplBase {

  private static final Logger LOG = System.getLogger(InferenceRpc.class.getName());

  private final Gate gate;
  private final ModelHost models;
  private final Lifecycle lifecycle;
  private final DaemonFacts facts;
  private final AtomicLong requests = new AtomicLong();

  /** What the last status said; empty before the first. */
  private volatile String toldBackend = "";

  /** A service that answers with what {@code models} holds and asks {@code lifecycle} to stop. */
  public InferenceRpc(Gate gate, ModelHost models, Lifecycle lifecycle, DaemonFacts facts) {
    this.gate = gate;
    this.models = models;
    this.lifecycle = lifecycle;
    this.facts = facts;
  }

  @Override
  public void complete(CompletionRequest request, StreamObserver<CompletionResponse> observer) {
    String id = "r" + requests.incrementAndGet();
    Optional<Cancellation> cancellation = Optional.empty();
    try (Pass pass = gate.enter()) {
      cancellation = Optional.of(pass.cancellation());
      followCaller(pass.cancellation());
      CompletionResponse response = answer(id, request, pass.cancellation());
      observer.onNext(response);
      observer.onCompleted();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(id, e, Optional.empty(), observer);
    } catch (RuntimeException | Error e) {
      fail(id, e, cancellation.flatMap(Cancellation::cause), observer);
    }
  }

  private CompletionResponse answer(String id, CompletionRequest request, Cancellation cancellation)
      throws InterruptedException {
    GenerationRequest generationRequest = RequestReader.read(id, request);
    Optional<String> model = RequestReader.model(request);
    try (Lease lease = models.acquire(model, cancellation)) {
      AnswerCollector collector = new AnswerCollector();
      Generation generation = lease.engine().submit(generationRequest, collector);
      cancellation.onCancel(generation::cancel);
      Answer answer = collector.await();
      LOG.log(
          Level.INFO,
          "{0}: {1} tokens in, {2} out, prefill {3} ms, decode {4} ms",
          id,
          answer.result().inputTokens(),
          answer.result().outputTokens(),
          answer.result().prefill().toMillis(),
          answer.result().decode().toMillis());
      return CompletionResponse.newBuilder()
          .setContent(answer.text())
          .setStopReason(wireName(answer.result().stopReason()))
          .setModel(lease.model())
          .setUsage(
              Usage.newBuilder()
                  .setInputTokens(answer.result().inputTokens())
                  .setOutputTokens(answer.result().outputTokens()))
          .build();
    }
  }

  /** When the caller goes or its deadline passes, so does the request. */
  private static void followCaller(Cancellation cancellation) {
    Context.current()
        .addListener(
            context ->
                cancellation.cancel(
                    context.cancellationCause() instanceof TimeoutException
                        ? Cancellation.Cause.DEADLINE
                        : Cancellation.Cause.CALLER_GONE),
            Runnable::run);
  }

  private static void fail(
      String id,
      Throwable failure,
      Optional<Cancellation.Cause> cause,
      StreamObserver<CompletionResponse> observer) {
    StatusRuntimeException status = StatusMapper.toStatus(failure, cause);
    switch (status.getStatus().getCode()) {
      case INTERNAL -> LOG.log(Level.ERROR, id + " failed", failure);
      default ->
          LOG.log(Level.INFO, "{0}: refused or ended as {1}", id, status.getStatus().getCode());
    }
    observer.onError(status);
  }

  private static String wireName(StopReason reason) {
    return switch (reason) {
      case END_OF_TURN -> "end_turn";
      case MAX_TOKENS -> "max_tokens";
    };
  }

  @Override
  public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> observer) {
    // Before the answer: a Complete that its caller sends after it must find the gate shut.
    gate.shut();
    observer.onNext(ShutdownResponse.newBuilder().setAccepted(true).build());
    observer.onCompleted();
    lifecycle.requestStop(new StopRequest(StopRequest.Cause.SHUTDOWN, "asked by a client"));
  }

  @Override
  public void getStatus(StatusRequest request, StreamObserver<StatusResponse> observer) {
    // The first one may have to wait for the backend's libraries.
    gate.asked();
    try {
      observer.onNext(status());
      observer.onCompleted();
    } finally {
      gate.answered();
    }
  }

  private StatusResponse status() {
    ModelStatus model = models.status();
    boolean draining = gate.isShut();
    boolean usable =
        switch (model.state()) {
          case MISSING -> false;
          case ON_DISK, LOADING, LOADED -> true;
        };
    StatusResponse.Builder response =
        StatusResponse.newBuilder()
            .setReady(usable && !draining)
            .setModelName(model.name())
            .setModelSizeBytes(model.sizeBytes())
            .setModelState(
                switch (model.state()) {
                  case MISSING -> ModelState.MODEL_STATE_MISSING;
                  case ON_DISK -> ModelState.MODEL_STATE_ON_DISK;
                  case LOADING -> ModelState.MODEL_STATE_LOADING;
                  case LOADED -> ModelState.MODEL_STATE_LOADED;
                })
            .setLoadProgress(model.progress())
            .setAddonVersion(facts.version())
            .setPid(ProcessHandle.current().pid())
            .setStartedUnixMillis(facts.started().toEpochMilli())
            .setInFlight(gate.inFlight())
            .setDraining(draining)
            .setLogFile(facts.log().toString())
            .setLoadedModel(model.inMemory())
            .setProblem(draining ? "The daemon is shutting down." : model.problem());
    if (draining) {
      // The backend may have to load its libraries: too long for a daemon that is about to go.
      return response.setBackend(toldBackend).build();
    }
    try {
      toldBackend = facts.backend().get();
      response
          .setBackend(toldBackend)
          .setAvailableVramBytes(facts.availableVramBytes().getAsLong());
    } catch (RuntimeException e) {
      // Without a backend nothing can be answered; the sentence says why.
      response.setReady(false).setProblem(String.valueOf(e.getMessage()));
    }
    return response.build();
  }
}
