package dev.tsuku.llm.llama;

import dev.tsuku.llm.llama.abi.ContextFunctions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Views of a context's output buffer, which llama.cpp owns and sometimes moves. A view is bound to
 * an arena that is closed when the buffer moves or the context closes, so that a view kept too long
 * fails instead of reading freed memory. Used by the thread of its context alone.
 */
final class LogitsView implements AutoCloseable {

  private final int vocabularySize;
  private final List<ByteBuffer> rows = new ArrayList<>();
  private Arena arena = Arena.ofShared();
  private long buffer;

  LogitsView(int vocabularySize) {
    this.vocabularySize = vocabularySize;
  }

  /**
   * To be called after every decode that asked for logits.
   *
   * @param first index in the batch of the first token whose logits were asked for
   */
  void decoded(MemorySegment context, int first) {
    moveTo(ContextFunctions.llama_get_logits_ith(context, first).address());
  }

  /** To be called before the buffer is freed. */
  void forget() {
    moveTo(0);
  }

  @SuppressWarnings("MustBeClosedChecker") // close() closes the field, whichever arena it holds
  private void moveTo(long now) {
    if (now != buffer) {
      rows.clear();
      arena.close();
      arena = Arena.ofShared();
      buffer = now;
    }
  }

  /**
   * The logits behind one of the tokens for which they were asked. Views are made once, not for
   * every token of an answer: the buffer hardly ever moves.
   *
   * @param row the rank of that token among them, from 0: rows lie in the order of the batch
   */
  ByteBuffer row(int row) {
    if (buffer == 0) {
      throw new IllegalStateException("llama.cpp has no logits of the last batch");
    }
    while (rows.size() <= row) {
      rows.add(view(rows.size()));
    }
    return rows.get(row).clear();
  }

  @SuppressWarnings("restricted")
  private ByteBuffer view(int row) {
    long bytes = vocabularySize * ValueLayout.JAVA_FLOAT.byteSize();
    return MemorySegment.ofAddress(buffer + row * bytes)
        .reinterpret(bytes, arena, null)
        .asByteBuffer()
        .asReadOnlyBuffer()
        .order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    arena.close();
  }
}
