package dev.tsuku.llm.daemon.schedule;

import dev.tsuku.llm.engine.Engine;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import dev.tsuku.llm.models.ModelFile;
import java.util.List;

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

  /**
   * Whether a model can be loaded beside others, and be no worse off than alone. On the load
   * thread.
   *
   * @param others in memory, by whoever was loaded with {@link #load}
   */
  default boolean fitsBeside(ModelFile file, List<ModelFile> others) {
    return false;
  }

  /** Requests are computed with this one from now on; it has stayed in memory. Any thread. */
  default void resumed(ModelFile file) {}

  /** A model is no longer in memory. On the load thread. */
  default void unloaded(ModelFile file) {}

  /** A request is about to be computed with the model that was loaded or resumed last. */
  default void requestBegins() {}

  /** A request that has begun is computed no more. Any thread. */
  default void requestEnds() {}

  /** A request that has begun was computed to its end. Any thread. */
  default void requestAnswered() {}
}
