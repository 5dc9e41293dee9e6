package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.LoadMonitor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Between llama.cpp's progress callback and a monitor: nothing the monitor throws reaches C. Used
 * by the loading thread alone, on which llama.cpp calls back.
 */
final class LoadProgress {

  private final LoadMonitor monitor;
  private boolean cancelled;
  private @Nullable Throwable failure;

  LoadProgress(LoadMonitor monitor) {
    this.monitor = monitor;
  }

  boolean report(float fraction, MemorySegment userData) {
    try {
      cancelled = !monitor.onProgress(fraction);
      return !cancelled;
    } catch (Throwable thrown) {
      failure = thrown;
      return false;
    }
  }

  /** Whether the monitor said stop. */
  boolean cancelled() {
    return cancelled;
  }

  /** Throws what the monitor threw, if it did. */
  void rethrow() {
    switch (failure) {
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      case null, default -> {}
    }
  }
}
