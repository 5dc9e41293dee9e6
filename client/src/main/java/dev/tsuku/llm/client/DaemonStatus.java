package dev.tsuku.llm.client;

import java.time.Instant;

/**
 * What a running daemon says of itself.
 *
 * @param availability whether it can answer now
 * @param model what it answers with unless told otherwise, and what it has in memory
 * @param backend what computes: {@code "cpu"}, {@code "cuda"}, {@code "vulkan"} or {@code "metal"}
 * @param availableVramBytes free memory of the GPU in use; 0 without one
 * @param daemon its process
 */
public record DaemonStatus(
    Availability availability,
    Model model,
    String backend,
    long availableVramBytes,
    Daemon daemon) {

  /**
   * Whether a prompt can be answered.
   *
   * @param ready it can, without a download; perhaps after loading the model
   * @param draining the daemon is going away and takes no more work
   * @param problem why it is not ready, as a sentence; empty where it is
   */
  public record Availability(boolean ready, boolean draining, String problem) {}

  /**
   * The model that answers a prompt which names none.
   *
   * @param name empty if there is none
   * @param bytes its size, also before it has been downloaded
   * @param progress of loading, 0 to 1
   * @param loaded the name of the model in memory or on its way there: another than this one after
   *     a prompt that named its model; empty if there is none
   */
  public record Model(String name, long bytes, ModelState state, double progress, String loaded) {}

  /** Where a model is. */
  public enum ModelState {
    /** No model can be found; {@link Availability#problem} says why. */
    MISSING,
    /** Known and whole; the next prompt loads it. */
    ON_DISK,
    LOADING,
    LOADED,
    /** The daemon did not say, or said something newer than this client. */
    UNKNOWN
  }

  /**
   * The daemon's process.
   *
   * @param inFlight how many prompts it is answering or keeps waiting
   * @param logFile where it writes its log
   */
  public record Daemon(long pid, Instant started, int inFlight, String version, String logFile) {}
}
