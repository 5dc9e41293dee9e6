package dev.tsuku.llm.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tsuku.llm.engine.backend.TokenBatch;
import dev.tsuku.llm.llama.abi.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * A {@code llama_batch} with room for so many tokens, filled again for every decode. Owned by its
 * context, whose thread alone uses it.
 */
final class NativeBatch implements AutoCloseable {

  private final Arena arena = Arena.ofShared();
  private final MemorySegment struct;
  private final IntBuffer count;
  private final IntBuffer tokens;
  private final IntBuffer positions;
  private final IntBuffer sequences;
  private final ByteBuffer wanted;

  NativeBatch(int capacity) {
    struct = arena.allocate(Structs.BATCH.layout());
    MemorySegment numbers = arena.allocate(JAVA_INT, capacity);
    MemorySegment places = arena.allocate(JAVA_INT, capacity);
    MemorySegment owners = arena.allocate(JAVA_INT, capacity);
    MemorySegment marks = arena.allocate(JAVA_BYTE, capacity);
    // A token may be of several sequences in C; here each is of one, whose number stands in a row.
    MemorySegment counts = arena.allocate(JAVA_INT, capacity);
    MemorySegment lists = arena.allocate(ADDRESS, capacity);
    for (int i = 0; i < capacity; i++) {
      counts.setAtIndex(JAVA_INT, i, 1);
      lists.setAtIndex(ADDRESS, i, owners.asSlice(i * JAVA_INT.byteSize()));
    }
    Structs.BATCH.set(struct, "token", numbers);
    Structs.BATCH.set(struct, "pos", places);
    Structs.BATCH.set(struct, "n_seq_id", counts);
    Structs.BATCH.set(struct, "seq_id", lists);
    Structs.BATCH.set(struct, "logits", marks);
    // Buffers, because code that is still interpreted takes far longer to set values of segments.
    count = ints(struct.asSlice(Structs.BATCH.offset("n_tokens"), JAVA_INT));
    tokens = ints(numbers);
    positions = ints(places);
    sequences = ints(owners);
    wanted = marks.asByteBuffer();
  }

  private static IntBuffer ints(MemorySegment segment) {
    return segment.asByteBuffer().order(ByteOrder.nativeOrder()).asIntBuffer();
  }

  /** The struct for these tokens, valid until the next call. */
  MemorySegment fill(TokenBatch batch) {
    int size = batch.size();
    for (int i = 0; i < size; i++) {
      tokens.put(i, batch.token(i));
      positions.put(i, batch.position(i));
      sequences.put(i, batch.sequence(i));
      wanted.put(i, batch.wantsLogits(i) ? (byte) 1 : 0);
    }
    count.put(0, size);
    return struct;
  }

  @Override
  public void close() {
    arena.close();
  }
}
