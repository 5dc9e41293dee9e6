package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.daemon.drain.Gate;
import dev.tsuku.llm.daemon.drain.Pass;
import dev.tsuku.llm.daemon.log.RequestNumber;
import dev.tsuku.llm.daemon.schedule.Lease;
import dev.tsuku.llm.daemon.schedule.ModelHost;
import dev.tsuku.llm.engine.Specialty;
import dev.tsuku.llm.engine.constraint.ResponseFormat;
import dev.tsuku.llm.engine.constraint.Schemas;
import dev.tsuku.llm.engine.generation.Generation;
import dev.tsuku.llm.engine.generation.GenerationRequest;
import dev.tsuku.llm.engine.generation.GenerationResult;
import dev.tsuku.llm.engine.generation.StopReason;
import dev.tsuku.llm.protocol.Reason;
import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.CompletionResponse;
import dev.tsuku.llm.protocol.v1.Usage;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * One completion, streamed or not, from its arrival to its end, on one thread, which may wait. It
 * is in the {@link Gate} all that time, so that neither idling nor draining can overlook it. It
 * holds its model only until that has ended its work: a caller that reads slowly keeps no other
 * model out.
 */
final class CompletionCall {

  private static final Logger LOG = System.getLogger(CompletionCall.class.getName());

  private final Ledger ledger;
  private final Schemas schemas;
  private final String id;
  private final CompletionRequest request;
  private final Reply reply;
  private final long arrived = System.nanoTime();

  /** A call that has just arrived; {@code id} names it in the log. */
  CompletionCall(
      String id, CompletionRequest request, Reply reply, Ledger ledger, Schemas schemas) {
    this.ledger = ledger;
    this.schemas = schemas;
    this.id = id;
    this.request = request;
    this.reply = reply;
  }

  /** Answers the call, one way or another, in the gRPC context that it came with. */
  void run(Gate gate, ModelHost models) {
    Optional<Cancellation> cancellation = Optional.empty();
    try (Pass pass = gate.enter()) {
      cancellation = Optional.of(pass.cancellation());
      followCaller(pass.cancellation());
      reply.complete(response(models, pass.cancellation()), pass.cancellation());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(e, Optional.empty());
    } catch (RuntimeException | Error e) {
      fail(e, cancellation.flatMap(Cancellation::cause));
    }
  }

  /** Ends the call without doing anything for it. */
  void refuse(StatusRuntimeException status, Gate gate) {
    gate.asked();
    gate.answered();
    end(status);
  }

  private CompletionResponse response(ModelHost models, Cancellation cancellation)
      throws InterruptedException {
    GenerationRequest generationRequest = RequestReader.read(id, request);
    Optional<String> model = RequestReader.model(request);
    // What cannot be kept to is refused before anything is loaded for it.
    ResponseFormat plan = schemas.plan(generationRequest);
    try (Lease lease = models.acquire(model, cancellation, reply::onWaiting)) {
      if (model.isEmpty() && !models.hasPreferred()) {
        requireSuited(lease, generationRequest, models.directory());
      }
      Duration waited = Duration.ofNanos(System.nanoTime() - arrived);
      Generation generation = lease.engine().submit(generationRequest, plan, reply);
      cancellation.onCancel(generation::cancel);
      reply.follow(generation);
      Answer answer = reply.await();
      Usage usage = usage(answer.result(), waited);
      log(usage);
      ledger.answered(usage);
      lease.answered();
      return CompletionResponse.newBuilder()
          .setContent(answer.text())
          .addAllToolCalls(answer.calls().stream().map(Events::of).toList())
          .setStopReason(wireName(answer.result().stopReason()))
          .setModel(lease.model())
          .setUsage(usage)
          .build();
    }
  }

  /** Refuses requests outside the task of a specialist that nobody named. */
  private static void requireSuited(Lease lease, GenerationRequest request, Path models) {
    Optional<Specialty> specialty = lease.engine().specialty();
    if (specialty.isPresent() && !specialty.get().covers(request.conversation())) {
      throw new InvalidRequestException(
          Reason.MODEL_UNSUITED,
          ("The model '%s' %s and is for nothing else; the request has none of its tools (%s). Put"
                  + " a GGUF file into %s, or name one with --model or TSUKU_LLM_MODEL.")
              .formatted(
                  lease.model(),
                  specialty.get().purpose(),
                  String.join(", ", specialty.get().tools()),
                  models));
    }
  }

  private static Usage usage(GenerationResult result, Duration waited) {
    return Usage.newBuilder()
        .setInputTokens(result.inputTokens())
        .setOutputTokens(result.outputTokens())
        .setCachedInputTokens(result.cachedTokens())
        .setQueueMillis(waited.plus(result.queued()).toMillis())
        .setPrefillMillis(result.prefill().toMillis())
        .setDecodeMillis(result.decode().toMillis())
        .setForwardPasses(result.counts().forwardPasses())
        .setForcedTokens(result.counts().forced())
        .setDraftTokens(result.counts().drafted())
        .setAcceptedDraftTokens(result.counts().accepted())
        .build();
  }

  private void log(Usage usage) {
    LOG.log(
        Level.INFO,
        "{0}: {1} tokens in, {2} of them cached, {3} out, queue {4} ms, prefill {5} ms, decode {6}"
            + " ms",
        id,
        usage.getInputTokens(),
        usage.getCachedInputTokens(),
        usage.getOutputTokens(),
        usage.getQueueMillis(),
        usage.getPrefillMillis(),
        usage.getDecodeMillis());
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

  private void fail(Throwable failure, Optional<Cancellation.Cause> cause) {
    StatusRuntimeException status = StatusMapper.toStatus(failure, cause);
    if (status.getStatus().getCode() == Status.Code.INTERNAL) {
      LOG.log(Level.ERROR, id + " failed", failure);
      ledger.ended(Status.Code.INTERNAL);
      reply.fail(status);
    } else {
      end(status);
    }
  }

  private void end(StatusRuntimeException status) {
    ledger.ended(status.getStatus().getCode());
    LOG.log(
        Level.INFO,
        "{0}: refused or ended as {1}",
        new RequestNumber(id),
        status.getStatus().getCode());
    reply.fail(status);
  }

  private static String wireName(StopReason reason) {
    return switch (reason) {
      case END_OF_TURN -> "end_turn";
      case TOOL_USE -> "tool_use";
      case MAX_TOKENS -> "max_tokens";
    };
  }
}
