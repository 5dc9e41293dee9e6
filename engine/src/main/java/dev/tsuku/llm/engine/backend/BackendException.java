package dev.tsuku.llm.engine.backend;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A backend could not do what was asked. The message is a sentence that a user can read. */
public class BackendException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, for programs. */
  public enum Kind {
    /** The backend itself cannot be used: a library is missing, changed, or of another version. */
    UNUSABLE,
    /** A model file cannot be loaded. */
    LOAD_FAILED,
    /** A load was cancelled by its monitor. */
    LOAD_CANCELLED,
    /** A context cannot be opened, most often for want of memory. */
    CONTEXT_FAILED,
    /** A batch could not be computed. */
    DECODE_FAILED,
    /** A saved state does not fit this context, or is not what was saved. */
    STATE_REFUSED,
    /** A sequence cannot be saved or replaced before the next decode. */
    STATE_PENDING
  }

  private final Kind kind;

  public BackendException(Kind kind, String message) {
    this(kind, message, null);
  }

  public BackendException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** The sentence; never null here. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
