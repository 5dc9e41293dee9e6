package dev.tsuku.llm.models;

import org.jspecify.annotations.Nullable;

/** A model cannot be found or used. The message names the file and the next step. */
public class ModelException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, for programs. */
  public enum Kind {
    /** There is no such model or file. */
    MISSING,
    /** The file is something else: a web page, an archive, an adapter, a vocabulary. */
    NOT_A_MODEL,
    /** The file is a model, but incomplete or contradicting itself. */
    DAMAGED,
    /** The file is sound, but of a kind that this program cannot run. */
    UNSUPPORTED,
    /** More than one model answers to the name. */
    AMBIGUOUS,
    /** The operating system does not let the file be read. */
    UNREADABLE
  }

  private final Kind kind;

  public ModelException(Kind kind, String message) {
    this(kind, message, null);
  }

  public ModelException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
