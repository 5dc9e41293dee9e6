package dev.tsuku.llm.daemon.signal;

import dev.tsuku.llm.daemon.state.Lifecycle;
import dev.tsuku.llm.daemon.state.StopRequest;
import dev.tsuku.llm.daemon.state.StopRequest.Cause;
import sun.misc.Signal;

/**
 * Turns SIGTERM, SIGINT and SIGHUP into requests for a stop. A shutdown hook would not do: it
 * cannot see a second signal, and the process would not end with status 0. Each delivery runs on a
 * thread of the JVM's own, several at once if need be; all it does is to record the request.
 */
public final class StopSignals {

  private StopSignals() {}

  /**
   * From now on these signals ask {@code lifecycle} for a stop. To be called as the first thing in
   * the life of the process. A signal that the parent process had ignored (as {@code nohup} does
   * with SIGHUP) stays ignored.
   */
  public static void sendTo(Lifecycle lifecycle) {
    for (String name : new String[] {"TERM", "INT", "HUP"}) {
      Signal.handle(
          new Signal(name),
          signal -> lifecycle.requestStop(new StopRequest(Cause.SIGNAL, "SIG" + signal.getName())));
    }
  }
}
