package dev.tsuku.llm.daemon.exit;

/** The statuses a daemon ends with. */
public final class ExitStatus {

  /** It ran, and went cleanly, whatever the reason. */
  public static final int CLEAN = 0;

  /** It could not start. */
  public static final int FAILED_START = 1;

  /** It was called wrongly. */
  public static final int USAGE = 2;

  private ExitStatus() {}
}
