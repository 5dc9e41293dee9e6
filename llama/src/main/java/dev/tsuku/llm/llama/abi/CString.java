package dev.tsuku.llm.llama.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.ToIntBiFunction;

/** Strings that C gives. */
public final class CString {

  private static final int USUAL_LENGTH = 256;

  private CString() {}

  /** The text at a {@code char *}; nothing for a null pointer. */
  @SuppressWarnings("restricted")
  public static Optional<String> at(MemorySegment pointer) {
    return pointer.address() == 0
        ? Optional.empty()
        : Optional.of(pointer.reinterpret(Long.MAX_VALUE).getString(0));
  }

  /**
   * The text that a function of the kind of {@code snprintf} writes into a buffer.
   *
   * @param writer takes buffer and size, returns the whole length or a negative number for nothing
   */
  public static Optional<String> written(ToIntBiFunction<MemorySegment, Long> writer) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(USUAL_LENGTH);
      int length = writer.applyAsInt(buffer, buffer.byteSize());
      if (length >= USUAL_LENGTH) {
        buffer = arena.allocate(length + 1L);
        length = writer.applyAsInt(buffer, buffer.byteSize());
      }
      return length < 0
          ? Optional.empty()
          : Optional.of(buffer.getString(0, StandardCharsets.UTF_8));
    }
  }
}
