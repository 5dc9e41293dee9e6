package dev.tsuku.llm.engine.decode;

import java.util.List;

/**
 * Whether it is a request's turn to be worked at. Belongs to the decode thread.
 *
 * <p>Counts cells as if nothing idle were there, because all of that can be forgotten; and counts
 * what several requests begin with once.
 */
final class Admission {

  /** Fewer tokens than these are not waited for, if another request is about to compute them. */
  private static final int WORTH_WAITING = 32;

  /** Room that is asked for ahead of an answer whose length nobody knows. */
  private static final int ROOM_AHEAD = 256;

  private final ContextMemory memory;
  private final Limits limits;

  Admission(ContextMemory memory, Limits limits) {
    this.memory = memory;
    this.limits = limits;
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

  /** Whether its prompt and the beginning of its answer fit beside what the others will need. */
  boolean hasRoomFor(Sequence sequence, List<Sequence> running) {
    long needed = memory.busyCells();
    for (Sequence other : running) {
      needed += other.tokens().size() - memory.noted(other.number()) + ahead(other);
      // What was not worth waiting for is there twice.
      needed += WORTH_WAITING;
    }
    needed += sequence.tokens().size() - shared(sequence, running) + ahead(sequence);
    return needed <= limits.cells();
  }

  /** How many tokens it begins with that are counted for another request at work. */
  private static int shared(Sequence sequence, List<Sequence> running) {
    int shared = 0;
    for (Sequence other : running) {
      int common = other.tokens().commonPrefix(sequence.tokens());
      shared = Math.max(shared, Math.min(common, other.evaluated()));
    }
    return shared;
  }

  private static int ahead(Sequence sequence) {
    return Math.min(sequence.wanted(), ROOM_AHEAD);
  }
}
