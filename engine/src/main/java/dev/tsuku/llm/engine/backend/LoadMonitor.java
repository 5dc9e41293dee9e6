package dev.tsuku.llm.engine.backend;

/** Watches a load, on the loading thread, and may end it. */
@FunctionalInterface
public interface LoadMonitor {

  /** Goes on whatever happens and tells nobody. */
  LoadMonitor NONE = fraction -> true;

  /**
   * Called a few hundred times while a model loads.
   *
   * @param fraction how much is loaded, 0 to 1
   * @return whether to go on; false cancels the load
   */
  boolean onProgress(float fraction);
}
