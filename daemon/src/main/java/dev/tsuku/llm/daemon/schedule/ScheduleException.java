package dev.tsuku.llm.daemon.schedule;

/** A request did not get its model, for no fault of the model's. */
public final class ScheduleException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Why not. */
  public enum Kind {
    /** The request was cancelled while it waited. */
    CANCELLED,
    /** The daemon is going away. */
    CLOSED
  }

  private final Kind kind;

  ScheduleException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
