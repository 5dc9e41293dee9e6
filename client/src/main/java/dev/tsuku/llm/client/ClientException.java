package dev.tsuku.llm.client;

import dev.tsuku.llm.protocol.Reason;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The daemon could not be reached, or did not do what was asked. The message is a sentence that a
 * user can read; where the daemon has spoken, it is the daemon's, unchanged.
 */
public class ClientException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What to make of it, for programs. */
  public enum Kind {
    /** No daemon is running, and none was to be started. */
    NOT_RUNNING,
    /** A daemon was started and did not come up. */
    NOT_STARTED,
    /** The request can never work as it is. */
    INVALID,
    /** The daemon cannot do it now or here: too much at once, a model or memory is missing. */
    REFUSED,
    /** The daemon is going away or has vanished, and no other could be asked instead. */
    GONE,
    /** The caller was interrupted, closed the client, or let a deadline pass. */
    CANCELLED,
    /** The daemon failed, or does not behave like one. */
    FAILED
  }

  private final Kind kind;
  private final @Nullable Reason reason;

  public ClientException(Kind kind, String message) {
    this(kind, message, null, null);
  }

  public ClientException(Kind kind, String message, @Nullable Throwable cause) {
    this(kind, message, null, cause);
  }

  ClientException(Kind kind, String message, @Nullable Reason reason, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.reason = reason;
  }

  public Kind kind() {
    return kind;
  }

  /** The daemon's own reason; empty where it gave none that this version knows. */
  public Optional<Reason> reason() {
    return Optional.ofNullable(reason);
  }

  /** The sentence for people. */
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? kind.name() : message;
  }
}
