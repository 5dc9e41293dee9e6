package dev.tsuku.llm.engine.sampling;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Random numbers of one request, of which the last ones can be had again: a choice that had to be
 * put off is then made as if it had not been. For one thread.
 */
public final class ReplayableRandom implements RandomGenerator {

  private final RandomGenerator source;
  private long[] drawn = new long[8];
  private int count;
  private int next;

  public ReplayableRandom(RandomGenerator source) {
    this.source = source;
  }

  /** Forgets what was drawn so far; {@link #rewind} goes back to here. */
  public void mark() {
    // What was drawn and not used again after a rewind is still to come.
    System.arraycopy(drawn, next, drawn, 0, count - next);
    count -= next;
    next = 0;
  }

  /** Goes back to the mark: the same numbers come again. */
  public void rewind() {
    next = 0;
  }

  @Override
  public long nextLong() {
    if (next == count) {
      if (count == drawn.length) {
        drawn = Arrays.copyOf(drawn, 2 * count);
      }
      drawn[count++] = source.nextLong();
    }
    return drawn[next++];
  }
}
