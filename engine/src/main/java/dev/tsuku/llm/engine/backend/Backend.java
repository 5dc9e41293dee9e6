package dev.tsuku.llm.engine.backend;

import java.nio.file.Path;

/**
 * Something that can load models and compute with them. One for a process; thread-safe; never
 * closed, because what it holds (loaded shared libraries) goes with the process.
 */
public interface Backend {

  /** What computes: {@code "cpu"}, {@code "cuda"}, {@code "vulkan"} or {@code "metal"}. */
  String name();

  /** Free memory of the GPU in use, in bytes; 0 without one. */
  long availableVramBytes();

  /**
   * Loads the model in {@code file}, memory-mapped where the platform can. Blocks, from
   * milliseconds to minutes.
   *
   * @param file a GGUF file whose header has been checked
   * @param monitor told of the progress, and asked whether to go on
   * @throws BackendException of kind {@code LOAD_FAILED} if the file cannot be used, {@code
   *     LOAD_CANCELLED} if the monitor said stop; nothing stays behind
   */
  BackendModel load(Path file, LoadMonitor monitor);
}
