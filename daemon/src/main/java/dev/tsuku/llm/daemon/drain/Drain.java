package dev.tsuku.llm.daemon.drain;

import dev.tsuku.llm.daemon.state.Lifecycle;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Empties the gate: newcomers are refused, what is in may finish within the grace, then it is
 * cancelled and given a moment to be answered. A second signal, or a client that asks for it, ends
 * the grace at once. Runs on the main thread.
 */
public final class Drain {

  private static final Logger LOG = System.getLogger(Drain.class.getName());

  private final Gate gate;
  private final Lifecycle lifecycle;
  private final Duration grace;
  private final Duration afterCancel;

  /**
   * A drain that has not begun.
   *
   * @param lifecycle woken by the gate when the last request leaves
   * @param grace how long requests may go on
   * @param afterCancel how long cancelled ones may take to be answered
   */
  public Drain(Gate gate, Lifecycle lifecycle, Duration grace, Duration afterCancel) {
    this.gate = gate;
    this.lifecycle = lifecycle;
    this.grace = grace;
    this.afterCancel = afterCancel;
  }

  /**
   * Returns when nobody is in any more, or when that cannot be had in time.
   *
   * @return how many requests are still in
   */
  public int run() {
    gate.shut();
    int before = gate.inFlight();
    if (before == 0) {
      return 0;
    }
    LOG.log(Level.INFO, "draining: {0} requests may finish within {1}", before, grace);
    lifecycle.awaitUrgentOr(grace, () -> gate.inFlight() == 0);
    int late = gate.inFlight();
    if (late > 0) {
      LOG.log(
          Level.INFO,
          "cancelling {0} requests{1}",
          late,
          lifecycle.isUrgent()
              ? ": a second signal or a client asks for it"
              : ": the grace is over");
      gate.cancelAll(Cancellation.Cause.DRAINED);
      lifecycle.awaitWake(afterCancel, () -> gate.inFlight() == 0);
    }
    return gate.inFlight();
  }
}
