package dev.tsuku.llm.daemon.state;

/**
 * Somebody wants the daemon to go.
 *
 * @param cause who
 * @param detail for the log, such as the signal's name
 */
public record StopRequest(Cause cause, String detail) {

  /** Who wants it. */
  public enum Cause {
    /** A signal: TERM, INT or HUP. */
    SIGNAL,
    /** A client's Shutdown. */
    SHUTDOWN,
    /** Nobody asked for anything for long enough. */
    IDLE,
    /** The start failed. */
    FAILED_START,
    /** Socket or lock file are not the daemon's own any more: nobody can reach or see it. */
    FILES_LOST
  }

  @Override
  public String toString() {
    return cause + " (" + detail + ")";
  }
}
