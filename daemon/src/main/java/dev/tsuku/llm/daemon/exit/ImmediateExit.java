package dev.tsuku.llm.daemon.exit;

/**
 * The end of a process that has begun nothing: no shutdown hooks, and no logger, which {@link
 * System#exit} makes first, and for which Java opens every jar.
 */
public final class ImmediateExit {

  private ImmediateExit() {}

  /** Ends the process; does not return. */
  public static void with(int status) {
    Runtime.getRuntime().halt(status);
  }
}
