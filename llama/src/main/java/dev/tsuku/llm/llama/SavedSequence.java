package dev.tsuku.llm.llama;

import dev.tsuku.llm.engine.backend.SequenceState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The state of a sequence in memory of its own. */
final class SavedSequence implements SequenceState {

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment segment;
  private Optional<StateForm> form = Optional.empty();

  /** Memory for a state of so many bytes. */
  SavedSequence(long bytes) {
    try {
      this.segment = arena.allocate(bytes);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** Where the state is to be written. */
  MemorySegment segment() {
    return segment;
  }

  /** Looks at what was written; false if it is not the state of a whole sequence as expected. */
  boolean read() {
    form = StateForm.read(segment.asByteBuffer()).filter(found -> found.first() == 0);
    return form.isPresent();
  }

  StateForm form() {
    return form.orElseThrow();
  }

  @Override
  public int tokens() {
    return form().tokens();
  }

  @Override
  public byte[] block(int from, int to) {
    ByteBuffer block = ByteBuffer.allocate(Math.toIntExact(form().bytes(to - from, 1)));
    form().frame(block, to - from, 1).put(0, form(), from, to);
    return block.array();
  }

  @Override
  public void close() {
    arena.close();
  }
}
