package dev.tsuku.llm.engine.generation;

/** Is told what happens to one request. */
@FunctionalInterface
public interface GenerationListener {

  /**
   * Called on the engine's decode thread (for {@code Queued} on the submitting one), one event
   * after the other. Must return at once and must not throw: every running request waits meanwhile.
   */
  void onEvent(GenerationEvent event);
}
