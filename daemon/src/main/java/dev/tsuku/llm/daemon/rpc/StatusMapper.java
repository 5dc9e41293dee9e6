package dev.tsuku.llm.daemon.rpc;

import dev.tsuku.llm.daemon.drain.Cancellation;
import dev.tsuku.llm.daemon.drain.GateException;
import dev.tsuku.llm.daemon.schedule.ScheduleException;
import dev.tsuku.llm.daemon.threads.ThreadLack;
import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.generation.EngineException;
import dev.tsuku.llm.models.ModelException;
import dev.tsuku.llm.protocol.Reason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The one place where failures become a {@link Reason}, a gRPC code and a sentence. Stateless. */
final class StatusMapper {

  private StatusMapper() {}

  /**
   * What a failed call is answered with.
   *
   * @param failure anything
   * @param cancellation of the call: why it was given up says more than that it was
   */
  static StatusRuntimeException toStatus(
      Throwable failure, Optional<Cancellation.Cause> cancellation) {
    if (cancellation.isPresent() && endsWithCancellation(failure)) {
      return cancelled(cancellation.get());
    }
    if (ThreadLack.isCauseOf(failure)) {
      return withoutThread();
    }
    Reason reason = reasonOf(failure);
    String message =
        reason == Reason.INTERNAL && !(failure instanceof EngineException)
            ? "The daemon failed: " + failure + ". Its log holds the details."
            : String.valueOf(failure.getMessage());
    return status(reason, message, failure);
  }

  /** What a call is answered with that is refused before anybody has read its request. */
  static StatusRuntimeException refused(Reason reason, String message) {
    return status(reason, message, null);
  }

  /** What a call is answered with that gets no thread to wait on. */
  static StatusRuntimeException withoutThread() {
    return status(
        Reason.THREADS_FULL,
        "The daemon cannot start a thread for the request: " + ThreadLack.explanation(),
        null);
  }

  private static boolean endsWithCancellation(Throwable failure) {
    return switch (failure) {
      case EngineException e -> e.kind() == EngineException.Kind.CANCELLED;
      case ScheduleException e -> e.kind() == ScheduleException.Kind.CANCELLED;
      default -> false;
    };
  }

  private static StatusRuntimeException cancelled(Cancellation.Cause cause) {
    return switch (cause) {
      case CALLER_GONE -> status(Reason.CANCELLED, "The caller cancelled the request.", null);
      case DEADLINE ->
          status(
              Reason.DEADLINE_EXCEEDED,
              "The request's deadline passed before it was answered.",
              null);
      case DRAINED ->
          status(
              Reason.SHUTTING_DOWN,
              "server is shutting down: the request was not finished within the time it had and was"
                  + " cancelled; try again on a new daemon",
              null);
    };
  }

  private static Reason reasonOf(Throwable failure) {
    return switch (failure) {
      case InvalidRequestException e -> e.reason();
      case GateException e ->
          switch (e.kind()) {
            case SHUT -> Reason.SHUTTING_DOWN;
            case FULL -> Reason.QUEUE_FULL;
          };
      case ScheduleException e ->
          switch (e.kind()) {
            case CLOSED -> Reason.SHUTTING_DOWN;
            case CANCELLED -> Reason.CANCELLED;
          };
      case ModelException e ->
          switch (e.kind()) {
            case MISSING, AMBIGUOUS -> Reason.MODEL_MISSING;
            case NOT_A_MODEL, DAMAGED, UNSUPPORTED, UNREADABLE -> Reason.MODEL_UNUSABLE;
          };
      case BackendException e ->
          switch (e.kind()) {
            case UNUSABLE, CONTEXT_FAILED -> Reason.BACKEND_UNUSABLE;
            case LOAD_FAILED -> Reason.MODEL_UNUSABLE;
            case LOAD_CANCELLED -> Reason.CANCELLED;
            case DECODE_FAILED, STATE_REFUSED, STATE_PENDING -> Reason.INTERNAL;
          };
      case EngineException e ->
          switch (e.kind()) {
            case PROMPT_EMPTY, CONVERSATION_REFUSED, TEMPLATE_REFUSED, ANSWER_TOO_LONG ->
                Reason.INVALID_REQUEST;
            case SCHEMA_REFUSED -> Reason.UNSUPPORTED;
            case TEMPLATE_FAILED -> Reason.MODEL_UNUSABLE;
            case PROMPT_TOO_LONG -> Reason.PROMPT_TOO_LONG;
            case QUEUE_FULL -> Reason.QUEUE_FULL;
            case CANCELLED -> Reason.CANCELLED;
            case CLOSED -> Reason.SHUTTING_DOWN;
            case FAILED -> Reason.INTERNAL;
          };
      default -> Reason.INTERNAL;
    };
  }

  /** Whether its sentences are about what the client has sent, and name no file. */
  private static boolean ofClient(Reason reason) {
    return switch (reason) {
      case INVALID_REQUEST, UNSUPPORTED, PROMPT_TOO_LONG, UNKNOWN_METHOD -> true;
      case REQUEST_TOO_LARGE,
          MEMORY_FULL,
          THREADS_FULL,
          REQUEST_INCOMPLETE,
          QUEUE_FULL,
          MODEL_MISSING,
          MODEL_UNUSABLE,
          MODEL_UNSUITED,
          BACKEND_UNUSABLE,
          SHUTTING_DOWN,
          CANCELLED,
          DEADLINE_EXCEEDED,
          INTERNAL ->
          false;
    };
  }

  private static StatusRuntimeException status(
      Reason reason, String message, @Nullable Throwable cause) {
    Metadata trailers = new Metadata();
    trailers.put(Reason.TRAILER, reason.wireName());
    return Status.fromCode(reason.code())
        .withDescription(Quoted.sentence(ofClient(reason) ? Quoted.words(message) : message))
        .withCause(cause)
        .asRuntimeException(trailers);
  }
}
