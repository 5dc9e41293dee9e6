package dev.tsuku.llm.daemon.state;

/**
 * Where the daemon is. Says nothing of why: that is the {@link StopRequest}'s. Loading and
 * downloading are states of the model, not of the daemon.
 */
public enum DaemonState {
  /** Nothing has been done yet. */
  NEW,
  /** Lock, socket and server are being made. */
  STARTING,
  /** Requests are taken. */
  READY,
  /** No more work is taken; what is in flight may finish. */
  DRAINING,
  /** Everything is being closed. */
  STOPPING,
  /** Nothing is left but the process. */
  STOPPED
}
