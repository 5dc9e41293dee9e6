package dev.tsuku.llm.engine.generation;

/** Is told what happens to one request. */
@FunctionalInterface
public interface GenerationListener {

  /**
   * Called for one event after the other, on the engine's decode thread; only of waiting and of
   * being cancelled while waiting does the thread tell that submits or cancels. Must return at once
   * and must not throw: every running request waits meanwhile.
   */
  void onEvent(GenerationEvent event);
}
