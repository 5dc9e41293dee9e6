package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.drain.Gate;
import dev.tsuku.llm.daemon.intake.Reception;
import dev.tsuku.llm.daemon.log.RequestNumber;
import dev.tsuku.llm.daemon.schedule.ModelHost;
import dev.tsuku.llm.daemon.schedule.ModelStatus;
import dev.tsuku.llm.daemon.state.Lifecycle;
import dev.tsuku.llm.daemon.state.StopRequest;
import dev.tsuku.llm.daemon.threads.CallThreads;
import dev.tsuku.llm.engine.Occupancy;
import dev.tsuku.llm.engine.constraint.Schemas;
import dev.tsuku.llm.protocol.v1.CompletionEvent;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.InferenceServiceGrpc;
import dev.tsuku.llm.protocol.v1.MetricsRequest;
import dev.tsuku.llm.protocol.v1.MetricsResponse;
import dev.tsuku.llm.protocol.v1.ModelState;
import dev.tsuku.llm.protocol.v1.ShutdownRequest;
import dev.tsuku.llm.protocol.v1.ShutdownResponse;
import dev.tsuku.llm.protocol.v1.StatusRequest;
import dev.tsuku.llm.protocol.v1.StatusResponse;
import dev.tsuku.llm.protocol.v1.Work;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The service on the wire. Each call runs on a virtual thread of its own from its arrival to its
 * answer; a stream has a second one. Thread-safe.
 */
public final class InferenceRpc extends InferenceServiceGrpc.InferenceServiceImplBase {

  private final Gate gate;
  private final ModelHost models;
  private final Lifecycle lifecycle;
  private final DaemonFacts facts;
  private final Ledger ledger = new Ledger();
  private final Schemas schemas = new Schemas();
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

  /** Makes what the first completion needs, the descriptors of the messages. */
  public static void prepare() {
    var _ = CompletionRequest.getDescriptor();
  }

  @Override
  public void complete(CompletionRequest request, StreamObserver<CompletionResponse> observer) {
    CompletionCall call =
        new CompletionCall(newId(), request, new WholeReply(observer), ledger, schemas);
    if (CallThreads.isReserve()) {
      call.refuse(StatusMapper.withoutThread(), gate);
    } else {
      // The guard holds the memory until this returns.
      call.run(gate, models);
    }
  }

  @Override
  public void completeStream(CompletionRequest request, StreamObserver<CompletionEvent> observer) {
    String id = newId();
    Reply reply = new StreamReply((ServerCallStreamObserver<CompletionEvent>) observer);
    CompletionCall call = new CompletionCall(id, request, reply, ledger, schemas);
    if (CallThreads.isReserve()) {
      call.refuse(StatusMapper.withoutThread(), gate);
      return;
    }
    // Taken here, while the call holds it for certain.
    Reception.Hold hold = Reception.current().hold();
    // The call's own thread says when the caller is ready for more, so it must not wait.
    CallThreads.Once work =
        new CallThreads.Once(
            Context.current()
                .wrap(
                    () -> {
                      try (hold) {
                        call.run(gate, models);
                      }
                    }));
    try {
      Thread.ofVirtual().name("stream-" + id).start(work);
    } catch (OutOfMemoryError e) {
      if (work.take()) {
        try (hold) {
          call.refuse(StatusMapper.toStatus(e, Optional.empty()), gate);
        }
      }
    }
  }

  /**
   * Notes a call that was refused before it came to this service: activity, all the same.
   *
   * @return the number of the request, if it is one
   */
  Optional<RequestNumber> refused(String method, Status.Code code) {
    return switch (method) {
      case "Complete", "CompleteStream" -> {
        ledger.ended(code);
        gate.asked();
        gate.answered();
        yield Optional.of(new RequestNumber(newId()));
      }
      case "GetStatus" -> {
        gate.asked();
        gate.answered();
        yield Optional.empty();
      }
      // Neither counted nor a reason to stay.
      default -> Optional.empty();
    };
  }

  private String newId() {
    return "r" + requests.incrementAndGet();
  }

  @Override
  public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> observer) {
    // Before the answer: a Complete that its caller sends after it must find the gate shut.
    gate.shut();
    observer.onNext(ShutdownResponse.newBuilder().setAccepted(true).build());
    observer.onCompleted();
    lifecycle.requestStop(new StopRequest(StopRequest.Cause.SHUTDOWN, "asked by a client"));
    if (request.getNow()) {
      lifecycle.hurry();
    }
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

  @Override
  public void getMetrics(MetricsRequest request, StreamObserver<MetricsResponse> observer) {
    // Not noted at the gate: who watches a daemon all the time must not keep it.
    Metrics metrics =
        new Metrics(
            facts.version(),
            facts.started(),
            gate.inFlight(),
            models.inMemory(),
            models.occupancy(),
            ledger.sums());
    observer.onNext(MetricsResponse.newBuilder().setText(metrics.text()).build());
    observer.onCompleted();
  }

  private Work work() {
    Occupancy places = models.occupancy();
    Ledger.Sums sums = ledger.sums();
    return Work.newBuilder()
        .setRunning(places.running())
        .setRunningLimit(places.mostRunning())
        .setWaiting(places.waiting())
        .setWaitingLimit(places.mostWaiting())
        .setContextTokens(places.cells())
        .setBusyContextTokens(places.busyCells())
        .setKeptContextTokens(places.keptCells())
        .setComputeThreads(places.computeThreads())
        .setComputeThreadsLimit(places.mostComputeThreads())
        .setKvCacheType(places.kvCacheType())
        .setAnswered(sums.answered())
        .setInputTokens(sums.usage().inputTokens())
        .setCachedInputTokens(sums.usage().cachedInputTokens())
        .setOutputTokens(sums.usage().outputTokens())
        .setPrefillTokensPerSecond(sums.prefillTokensPerSecond())
        .setDecodeTokensPerSecond(sums.decodeTokensPerSecond())
        .build();
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
            .setReady(usable && model.problem().isEmpty() && !draining)
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
            .addAllRestingModels(model.resting())
            .setWork(work())
            .setNote(facts.note().get())
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
