package dev.tsuku.llm.client;

import java.time.Instant;
import java.util.List;

/**
 * What a running daemon says of itself.
 *
 * @param availability whether it can answer now
 * @param model what it answers with unless told otherwise, and what it has in memory
 * @param backend what computes: {@code "cpu"}, {@code "cuda"}, {@code "vulkan"} or {@code "metal"}
 * @param availableVramBytes free memory of the GPU in use; 0 without one
 * @param daemon its process
 * @param work what it is doing and has done
 * @param note what its user should know though all is well, as a sentence; empty: nothing
 */
public record DaemonStatus(
    Availability availability,
    Model model,
    String backend,
    long availableVramBytes,
    Daemon daemon,
    Work work,
    String note) {

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
   * @param resting the names of more models in memory: a prompt for one of them waits for no load
   */
  public record Model(
      String name,
      long bytes,
      ModelState state,
      double progress,
      String loaded,
      List<String> resting) {

    public Model {
      resting = List.copyOf(resting);
    }
  }

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

  /**
   * What it is doing and has done since it started.
   *
   * @param requests at work and waiting, of the model in memory
   * @param context the room of that model
   * @param threads that compute for that model
   * @param answered requests
   * @param tokens of those
   * @param speed of the last 16 of them
   */
  public record Work(
      Requests requests,
      Context context,
      Threads threads,
      long answered,
      Tokens tokens,
      Speed speed) {}

  /**
   * How many requests are being computed and wait for that, and how many may; 0 without a model.
   */
  public record Requests(int running, int runningLimit, int waiting, int waitingLimit) {}

  /**
   * Room for the tokens of all requests; 0 without a model.
   *
   * @param busy taken by requests that are being computed
   * @param kept for prompts that begin like earlier ones
   * @param kvCacheType how keys and values are stored, such as {@code f16}
   */
  public record Context(int tokens, int busy, int kept, String kvCacheType) {}

  /**
   * Threads of the processor that compute the next token; 0 without a model.
   *
   * @param limit while no other program uses the cores
   */
  public record Threads(int computing, int limit) {}

  /**
   * Tokens of all requests that were answered.
   *
   * @param cached of the input, that did not have to be computed
   */
  public record Tokens(long input, long cached, long output) {}

  /** Tokens a second of one request, read and written; 0 before the first. */
  public record Speed(double prefill, double decode) {}
}
