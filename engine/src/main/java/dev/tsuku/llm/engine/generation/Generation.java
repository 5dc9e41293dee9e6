package dev.tsuku.llm.engine.generation;

/** The caller's handle on a submitted request. Thread-safe. */
public interface Generation {

  /**
   * Stops the work for this request as soon as the backend can; it then ends with {@code Failed} of
   * kind {@code CANCELLED}. Idempotent; without effect once the request has ended.
   */
  void cancel();

  /**
   * Computes no more tokens for this request after the step under way, until {@link #resume}. Its
   * place is given to others; what is computed already stays in memory as long as there is room.
   * Idempotent.
   */
  void pause();

  /** Goes on after {@link #pause}. Idempotent; without effect on a request that is not paused. */
  void resume();
}
