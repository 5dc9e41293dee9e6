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

  /** What to make of it, for programs: whether to try again, to change something, or to give up. */
  public enum Kind {
    /**
     * No daemon is running, and this client may start none. Go without, or use {@link
     * TsukuClient#connectOrStart}.
     */
    NOT_RUNNING,
    /**
     * A daemon was started and did not come up, or its program could not be run. The message has
     * the reason, mostly a setting or a file for the user to mend; trying again changes nothing.
     */
    NOT_STARTED,
    /**
     * The home belongs to another user, or its modes keep this one out; nothing was started there.
     * Tell the user; trying again changes nothing.
     */
    FORBIDDEN,
    /** The request, or the home, can never work as it is. Mend it. */
    INVALID,
    /**
     * The daemon cannot do it now or here: too much at once, a model or memory is missing. {@link
     * #reason} tells them apart: after {@code QUEUE_FULL}, trying again later may help.
     */
    REFUSED,
    /**
     * The daemon is going away or has vanished, and either no other may be started, or it happened
     * again with the next one, or a part of the answer had been told. Asking again is safe.
     */
    GONE,
    /** The calling thread was interrupted, or the client closed; nothing is wrong. */
    CANCELLED,
    /**
     * The daemon failed, or does not behave like one. Its log, named in the message, may say why.
     */
    FAILED
  }

  private final Kind kind;
  private final @Nullable Reason reason;

  private boolean isOfSettings;

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

  /** The same, for a daemon that refused its settings. */
  ClientException ofSettings() {
    isOfSettings = true;
    return this;
  }

  /**
   * Whether a daemon was not started because of its settings, in the environment or in {@code
   * config.toml}; the message names them.
   */
  public boolean isOfSettings() {
    return isOfSettings;
  }

  /** The sentence for people. */
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? kind.name() : message;
  }
}
