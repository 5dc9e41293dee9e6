package dev.tsuku.llm.daemon.drain;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A request that is in. Whoever got it from the {@link Gate} closes it when the request has been
 * answered; closing again does nothing.
 */
public final class Pass implements AutoCloseable {

  private final Gate gate;
  private final Cancellation cancellation = new Cancellation();
  private final AtomicBoolean closed = new AtomicBoolean();

  Pass(Gate gate) {
    this.gate = gate;
  }

  public Cancellation cancellation() {
    return cancellation;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      gate.leave(this);
    }
  }
}
