package dev.tsuku.llm.daemon.drain;

/** A request was not let in. The message is the sentence for its caller. */
public final class GateException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Why not. */
  public enum Kind {
    /** The daemon is going away. */
    SHUT,
    /** As many requests are in as may be. */
    FULL
  }

  private final Kind kind;

  GateException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
