package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.ContextShape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether it is a request's turn to be worked at, and how the context is to be divided for it.
 * Belongs to the decode thread.
 */
final class Admission {

  /** Fewer tokens than these are not waited for, if another request is about to compute them. */
  private static final int WORTH_WAITING = 32;

  /** Room that is asked for ahead of an answer whose length nobody knows. */
  private static final int ROOM_AHEAD = 256;

  private final KvCache memory;
  private final Limits limits;
  private final Shapes shapes;

  Admission(KvCache memory, Limits limits) {
    this.memory = memory;
    this.limits = limits;
    this.shapes = limits.shapes();
  }

  /** Whether what is being read for another request will spare this one more than it costs. */
  boolean isWorthWaiting(Sequence sequence, List<Sequence> running) {
    int worth = 0;
    for (Sequence other : running) {
      int common = other.tokens().commonPrefix(sequence.tokens());
      if (common > other.evaluated()) {
        worth = Math.max(worth, Math.min(common, sequence.tokens().size() - 1));
      }
    }
    return worth >= WORTH_WAITING && worth - memory.known(sequence.tokens()) >= WORTH_WAITING;
  }

  /**
   * Whether there is a sequence for it, with room for its prompt and the beginning of its answer.
   */
  boolean hasRoomFor(Sequence sequence, List<Sequence> running) {
    ContextShape shape = memory.shape();
    return running.size() < Math.min(shape.sequences(), limits.running())
        && needed(sequence) <= shape.tokens();
  }

  /**
   * How the context is to be divided so that one more can be at work, and as many behind it as
   * possible.
   *
   * @param running who is at work, and is to stay so
   * @param ready who waits and can begin, the one that comes next first
   * @return empty if there is no way, or it is so already
   */
  Optional<ContextShape> shapeFor(List<Sequence> running, List<Sequence> ready) {
    List<Integer> needed =
        Stream.concat(running.stream(), ready.stream()).map(this::needed).toList();
    for (int sequences = limits.running(); sequences > running.size(); sequences--) {
      ContextShape shape = shapes.of(sequences);
      int served = Math.min(sequences, needed.size());
      if (needed.subList(0, served).stream().allMatch(tokens -> tokens <= shape.tokens())) {
        return sequences == memory.shape().sequences() ? Optional.empty() : Optional.of(shape);
      }
    }
    return Optional.empty();
  }

  private int needed(Sequence sequence) {
    int ahead = Math.min(sequence.wanted(), ROOM_AHEAD);
    return Math.min(sequence.tokens().size() + ahead, limits.contextTokens());
  }
}
