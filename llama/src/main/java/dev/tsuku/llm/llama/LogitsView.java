package dev.tsuku.llm.llama;

import dev.tsuku.llm.llama.abi.ContextFunctions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Views of a context's output buffer, which llama.cpp owns and sometimes moves. A view is bound to
 * an arena that is closed when the buffer moves or the context closes, so that a view kept too long
 * fails instead of reading freed memory. Used by the thread of its context alone.
 */
final class LogitsView implements AutoCloseable {

  private final int vocabularySize;
  private Arena arena = Arena.ofShared();
  private long buffer;

  LogitsView(int vocabularySize) {
    this.vocabularySize = vocabularySize;
  }

  /** To be called after every decode that asked for logits. */
  void decoded(MemorySegment context) {
    moveTo(ContextFunctions.llama_get_logits(context).address());
  }

  /** To be called before the buffer is freed. */
  void forget() {
    moveTo(0);
  }

  @SuppressWarnings("MustBeClosedChecker") // close() closes the field, whichever arena it holds
  private void moveTo(long now) {
    if (now != buffer) {
      arena.close();
      arena = Arena.ofShared();
      buffer = now;
    }
  }

  /** The logits behind one token of the last batch. */
  @SuppressWarnings("restricted")
  ByteBuffer row(MemorySegment context, int index) {
    MemorySegment row = ContextFunctions.llama_get_logits_ith(context, index);
    if (row.address() == 0) {
      throw new IllegalStateException("no logits were asked for behind token " + index);
    }
    return row.reinterpret(vocabularySize * ValueLayout.JAVA_FLOAT.byteSize(), arena, null)
        .asByteBuffer()
        .asReadOnlyBuffer()
        .order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    arena.close();
  }
}
