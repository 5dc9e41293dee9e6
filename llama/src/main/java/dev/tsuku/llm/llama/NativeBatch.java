package dev.tsuku.llm.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.llama.abi.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A {@code llama_batch} with room for so many tokens, filled again for every decode. Owned by its
 * context, whose thread alone uses it.
 */
final class NativeBatch implements AutoCloseable {

  private final Arena arena = Arena.ofShared();
  private final MemorySegment struct;
  private final MemorySegment tokens;
  private final MemorySegment positions;
  private final MemorySegment sequences;
  private final MemorySegment wanted;

  NativeBatch(int capacity) {
    struct = arena.allocate(Structs.BATCH.layout());
    tokens = arena.allocate(JAVA_INT, capacity);
    positions = arena.allocate(JAVA_INT, capacity);
    sequences = arena.allocate(JAVA_INT, capacity);
    wanted = arena.allocate(JAVA_BYTE, capacity);
    // A token may be of several sequences in C; here each is of one, whose number stands in a row.
    MemorySegment counts = arena.allocate(JAVA_INT, capacity);
    MemorySegment lists = arena.allocate(ADDRESS, capacity);
    for (int i = 0; i < capacity; i++) {
      counts.setAtIndex(JAVA_INT, i, 1);
      lists.setAtIndex(ADDRESS, i, sequences.asSlice(i * JAVA_INT.byteSize()));
    }
    Structs.BATCH.set(struct, "token", tokens);
    Structs.BATCH.set(struct, "pos", positions);
    Structs.BATCH.set(struct, "n_seq_id", counts);
    Structs.BATCH.set(struct, "seq_id", lists);
    Structs.BATCH.set(struct, "logits", wanted);
  }

  /** The struct for these tokens, valid until the next call. */
  MemorySegment fill(TokenBatch batch) {
    int size = batch.size();
    for (int i = 0; i < size; i++) {
      tokens.setAtIndex(JAVA_INT, i, batch.token(i));
      positions.setAtIndex(JAVA_INT, i, batch.position(i));
      sequences.setAtIndex(JAVA_INT, i, batch.sequence(i));
      wanted.set(JAVA_BYTE, i, batch.wantsLogits(i) ? (byte) 1 : 0);
    }
    Structs.BATCH.set(struct, "n_tokens", size);
    return struct;
  }

  @Override
  public void close() {
    arena.close();
  }
}
