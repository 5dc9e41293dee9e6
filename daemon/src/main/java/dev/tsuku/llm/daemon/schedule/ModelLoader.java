package dev.tsuku.llm.daemon.schedule;

import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.models.ModelFile;

/** Makes an engine of a model that lies on disk. */
@FunctionalInterface
public interface ModelLoader {

  /**
   * Loads; takes from milliseconds to minutes.
   *
   * @param file checked
   * @param monitor may end the load
   * @return to be closed by the caller
   * @throws dev.tsuku.llm.engine.backend.BackendException if it cannot be loaded, or the monitor
   *     ended it; nothing stays behind
   */
  Engine load(ModelFile file, LoadMonitor monitor);

  /** A request is about to be computed with the model that was loaded last. Any thread. */
  default void requestBegins() {}

  /** A request that has begun is computed no more. Any thread. */
  default void requestEnds() {}

  /** A request that has begun was computed to its end. Any thread. */
  default void requestAnswered() {}
}
