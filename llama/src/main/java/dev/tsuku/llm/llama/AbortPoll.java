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
  private @Nullable Throwable failure;

  /** The function for C to call. */
  MemorySegment callback() {
    return callback;
  }

  void begin(AbortSignal next) {
    signal = next;
    failure = null;
  }

  private boolean poll(MemorySegment userData) {
    try {
      return signal.raised();
    } catch (Throwable thrown) {
      failure = thrown;
      return true;
    }
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
