package dev.tsuku.llm.engine.generation;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request could not be answered. The message is a sentence that a user can read. */
public final class EngineException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, for programs. */
  public enum Kind {
    /** The conversation renders to no token at all. */
    PROMPT_EMPTY,
    /** The model's chat template refuses the conversation, in its own words. */
    CONVERSATION_REFUSED,
    /** The model's chat template cannot be used, or cannot write this conversation down. */
    TEMPLATE_FAILED,
    /** The same of a chat template that the request brings. */
    TEMPLATE_REFUSED,
    /** The prompt has more tokens than the context. */
    PROMPT_TOO_LONG,
    /** A schema cannot be honoured, or nothing obeys it. */
    SCHEMA_REFUSED,
    /** No answer that obeys the schema is as short as it has to be. */
    ANSWER_TOO_LONG,
    /** As many requests are waiting as may. */
    QUEUE_FULL,
    /** The caller cancelled the request. */
    CANCELLED,
    /** The engine was closed before the request was answered. */
    CLOSED,
    /** The backend failed, or the engine itself. */
    FAILED
  }

  private final Kind kind;

  public EngineException(Kind kind, String message) {
    this(kind, message, null);
  }

  public EngineException(Kind kind, String message, @Nullable Throwable cause) {
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
