package dev.tsuku.llm.daemon.schedule;

import dev.tsuku.llm.engine.Engine;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The right to use a loaded model. While it is open the model stays; closing it again does nothing.
 */
public final class Lease implements AutoCloseable {

  private final String model;
  private final Engine engine;
  private final Runnable onAnswer;
  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  Lease(String model, Engine engine, Runnable onAnswer, Runnable onClose) {
    this.model = model;
    this.engine = engine;
    this.onAnswer = onAnswer;
    this.onClose = onClose;
  }

  /** The name of the model that answers. */
  public String model() {
    return model;
  }

  public Engine engine() {
    return engine;
  }

  /** Says that the request which has this was computed to its end. */
  public void answered() {
    onAnswer.run();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onClose.run();
    }
  }
}
