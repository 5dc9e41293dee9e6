package dev.tsuku.llm.protocol;

import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Locale;
import java.util.Optional;

/**
 * Why a call was refused or failed, finer than a gRPC code, for programs. It travels in the trailer
 * {@link #TRAILER}; the sentence for people is the status' description. A client that does not know
 * a reason goes by the code.
 */
public enum Reason {
  /** A field of the request can never work; the message says which. */
  INVALID_REQUEST(Status.Code.INVALID_ARGUMENT),
  /** The prompt has more tokens than the model's context. */
  PROMPT_TOO_LONG(Status.Code.INVALID_ARGUMENT),
  /** As many requests are waiting as may wait. */
  QUEUE_FULL(Status.Code.RESOURCE_EXHAUSTED),
  /** The request has more bytes than any request may have. */
  REQUEST_TOO_LARGE(Status.Code.RESOURCE_EXHAUSTED),
  /** The requests that the daemon holds leave no memory for this one; try again later. */
  MEMORY_FULL(Status.Code.RESOURCE_EXHAUSTED),
  /** The system lets the daemon start no thread for the request; try again later. */
  THREADS_FULL(Status.Code.RESOURCE_EXHAUSTED),
  /** The request's message did not arrive in time. */
  REQUEST_INCOMPLETE(Status.Code.DEADLINE_EXCEEDED),
  /** The daemon has no method of that name. */
  UNKNOWN_METHOD(Status.Code.UNIMPLEMENTED),
  /** No model of that name, or none at all. */
  MODEL_MISSING(Status.Code.FAILED_PRECONDITION),
  /** The model's file is damaged, unreadable, or of a kind that cannot be used. */
  MODEL_UNUSABLE(Status.Code.FAILED_PRECONDITION),
  /** The only model is for another task, and the request does not name it. */
  MODEL_UNSUITED(Status.Code.FAILED_PRECONDITION),
  /** The backend asked for, or the memory it needs, is not there. */
  BACKEND_UNUSABLE(Status.Code.FAILED_PRECONDITION),
  /** The request asks for something that this version does not do. */
  UNSUPPORTED(Status.Code.INVALID_ARGUMENT),
  /** The daemon is going away; try again, on a new one. */
  SHUTTING_DOWN(Status.Code.UNAVAILABLE),
  /** The caller went away or gave up. */
  CANCELLED(Status.Code.CANCELLED),
  /** The caller's deadline passed. */
  DEADLINE_EXCEEDED(Status.Code.DEADLINE_EXCEEDED),
  /** Our fault. */
  INTERNAL(Status.Code.INTERNAL);

  /** The trailer that carries a reason, as its name in lower case with hyphens. */
  public static final Metadata.Key<String> TRAILER =
      Metadata.Key.of("tsuku-llm-reason", Metadata.ASCII_STRING_MARSHALLER);

  private final Status.Code code;

  Reason(Status.Code code) {
    this.code = code;
  }

  /** The gRPC code that always goes with this reason. */
  public Status.Code code() {
    return code;
  }

  /** This reason as it stands on the wire, such as {@code "prompt-too-long"}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Reads a reason from an error's trailers; empty if there is none that this version knows. */
  public static Optional<Reason> in(Metadata trailers) {
    String text = trailers.get(TRAILER);
    if (text == null) {
      return Optional.empty();
    }
    for (Reason reason : values()) {
      if (reason.wireName().equals(text)) {
        return Optional.of(reason);
      }
    }
    return Optional.empty();
  }
}
