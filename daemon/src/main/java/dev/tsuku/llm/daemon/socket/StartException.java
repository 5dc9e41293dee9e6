package dev.tsuku.llm.daemon.socket;

import org.jspecify.annotations.Nullable;

/** The daemon cannot be started here. The message is the sentence for the user. */
public final class StartException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Why not. */
  public enum Kind {
    /** Another daemon holds the lock. */
    ALREADY_RUNNING,
    /** The home directory cannot be used. */
    HOME_UNUSABLE,
    /** A stop was requested before the start was over. */
    INTERRUPTED
  }

  private final Kind kind;

  public StartException(Kind kind, String message) {
    this(kind, message, null);
  }

  public StartException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
