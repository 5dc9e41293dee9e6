package dev.tsuku.llm.client;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.protocol.Reason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;

/** Turns what gRPC throws into our exception. */
final class Failures {

  private Failures() {}

  /** The daemon's sentence where it has spoken, else one that says what happened to the call. */
  static ClientException translated(StatusRuntimeException failure, Home home) {
    Status status = failure.getStatus();
    if (status.getCause() instanceof OutOfMemoryError e) {
      // Of this process: gRPC gives a channel up that cannot start a thread.
      return ofThreads(e);
    }
    Optional<Reason> reason = Optional.ofNullable(failure.getTrailers()).flatMap(Reason::in);
    return new ClientException(
        kindOf(status.getCode()), sentence(status, reason, home), reason.orElse(null), failure);
  }

  /** The same for a call whose caller has been told a part of the answer. */
  static ClientException midAnswer(StatusRuntimeException failure, Home home) {
    ClientException translated = translated(failure, home);
    if (translated.kind() != Kind.GONE || translated.reason().isPresent()) {
      return translated;
    }
    return new ClientException(
        Kind.GONE,
        "The daemon went away in the middle of its answer. Ask again for a whole one; its log is "
            + home.log()
            + ".",
        failure);
  }

  /**
   * The exception for an error of a call that could not start the thread it needs.
   *
   * @throws OutOfMemoryError the same, if the heap is full instead
   */
  static ClientException ofThreads(OutOfMemoryError failure) {
    // The JVM has one kind of this error for both.
    if (!String.valueOf(failure.getMessage()).contains("native thread")) {
      throw failure;
    }
    return new ClientException(
        Kind.FAILED,
        "This process cannot start the thread that it needs to talk to the daemon: a limit of"
            + " processes and threads, or of address space, is reached. Raise it with 'ulimit -u' or"
            + " 'ulimit -v', or end other processes.",
        failure);
  }

  private static Kind kindOf(Status.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> Kind.INVALID;
      case RESOURCE_EXHAUSTED,
          FAILED_PRECONDITION,
          PERMISSION_DENIED,
          UNAUTHENTICATED,
          NOT_FOUND,
          ALREADY_EXISTS ->
          Kind.REFUSED;
      case UNAVAILABLE -> Kind.GONE;
      // Nobody here has cancelled it, so the daemon did: it was going and could wait no longer.
      case CANCELLED -> Thread.currentThread().isInterrupted() ? Kind.CANCELLED : Kind.GONE;
      case OK, UNKNOWN, DEADLINE_EXCEEDED, ABORTED, UNIMPLEMENTED, INTERNAL, DATA_LOSS ->
          Kind.FAILED;
    };
  }

  private static String sentence(Status status, Optional<Reason> reason, Home home) {
    String said = status.getDescription();
    if (reason.isPresent() && said != null && !said.isBlank()) {
      return said;
    }
    return switch (status.getCode()) {
      case UNAVAILABLE ->
          said != null && said.contains("shutting down")
              ? said
              : "The daemon went away before it had answered. Its log is " + home.log() + ".";
      case DEADLINE_EXCEEDED -> silent(home);
      case CANCELLED ->
          Thread.currentThread().isInterrupted()
              ? "The request was cancelled."
              : "The daemon went away before it had answered. Its log is " + home.log() + ".";
      default ->
          said != null && !said.isBlank()
              ? said
              : "The daemon failed (" + status.getCode() + "). Its log is " + home.log() + ".";
    };
  }

  private static String silent(Home home) {
    Optional<ProcessHandle> daemon = LockHolder.in(home);
    return "The daemon"
        + LockHolder.inBrackets(daemon)
        + " at "
        + home.socket()
        + " takes connections but does not answer. Its log is "
        + home.log()
        + LockHolder.wayToEnd(daemon)
        + ".";
  }
}
