package dev.tsuku.llm.engine.generation;

/** The caller's handle on a submitted request. Thread-safe. */
public interface Generation {

  /**
   * Stops the work for this request as soon as the backend can; it then ends with {@code Failed} of
   * kind {@code CANCELLED}. Idempotent; without effect once the request has ended.
   */
  void cancel();
}
