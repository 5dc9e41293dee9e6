package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.AbortSignal;
import dev.tsuku.llm.llama.abi.Upcalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Between llama.cpp's abort callback and the signal of the call being made: nothing the signal
 * throws reaches C. Owned and used by the thread of its context alone; ggml polls on the thread
 * that decodes. Closed after the context that knows its callback.
 */
final class AbortPoll implements AutoCloseable {

  private final Arena arena = Arena.ofShared();
  private final MemorySegment callback = Upcalls.abort(this::poll, arena);
  private AbortSignal signal = AbortSignal.NEVER;
  private boolean isLimited;
  private long endNanos;
  private boolean isLate;
  private @Nullable Throwable failure;

  /** The function for C to call. */
  MemorySegment callback() {
    return callback;
  }

  /**
   * Polls this signal from now on.
   *
   * @param limitNanos after which the call is aborted as well; {@code Long.MAX_VALUE} for none
   */
  void begin(AbortSignal next, long limitNanos) {
    signal = next;
    isLate = false;
    isLimited = limitNanos < Long.MAX_VALUE;
    endNanos = isLimited ? System.nanoTime() + limitNanos : 0;
    failure = null;
  }

  private boolean poll(MemorySegment userData) {
    try {
      if (signal.raised()) {
        return true;
      }
      isLate = isLimited && System.nanoTime() - endNanos >= 0;
      return isLate;
    } catch (Throwable thrown) {
      failure = thrown;
      return true;
    }
  }

  /** Whether the last call was aborted because of its limit, and not by its signal. */
  boolean isLate() {
    return isLate;
  }

  /** Forgets the signal, and throws what it threw, if it did. */
  void end() {
    signal = AbortSignal.NEVER;
    switch (failure) {
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      case null, default -> {}
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
