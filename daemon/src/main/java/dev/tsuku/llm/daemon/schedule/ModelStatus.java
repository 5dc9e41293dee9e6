package dev.tsuku.llm.daemon.schedule;

import java.util.List;

/**
 * What a request that names no model would meet, and what is in memory.
 *
 * @param state where the model is
 * @param name of the model; empty if there is none
 * @param sizeBytes of its file; 0 if there is none
 * @param progress how much of it is loaded, 0 to 1
 * @param problem why it cannot be used, as a sentence; empty if it can
 * @param inMemory the name of the model in memory or on its way there, which may be another one;
 *     empty if there is none
 * @param resting the names of more models in memory
 */
public record ModelStatus(
    State state,
    String name,
    long sizeBytes,
    float progress,
    String problem,
    String inMemory,
    List<String> resting) {

  /** Where a model is. */
  public enum State {
    /** Nowhere, or not in a usable form. */
    MISSING,
    /** On disk: the next request loads it. */
    ON_DISK,
    /** On its way into memory. */
    LOADING,
    /** In memory. */
    LOADED
  }

  static ModelStatus missing(String problem, String inMemory, List<String> resting) {
    return new ModelStatus(State.MISSING, "", 0, 0, problem, inMemory, resting);
  }
}
