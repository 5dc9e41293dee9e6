package dev.tsuku.llm.daemon.intake;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * The bytes that all requests together may occupy. Small requests have a share of their own, enough
 * for as many as may be in flight, so that large ones cannot keep them out. Thread-safe.
 */
public final class RequestMemory {

  /** A request up to this size is small. */
  static final long SMALL_BYTES = 64 << 10;

  /** For as many small requests as the daemon has in flight at most. */
  private static final long SMALL_SHARE = 256 * SMALL_BYTES;

  /** Two of the largest messages fit, however small the heap. */
  private static final long LEAST_BYTES = 2L * Receptions.MAX_MESSAGE_BYTES;

  private static final int PART_OF_HEAP = 8;

  private final long limit;

  @GuardedBy("this")
  private long free;

  @GuardedBy("this")
  private long freeForSmall;

  /** Memory of {@code limit} bytes, and the share of small requests beside it. */
  RequestMemory(long limit) {
    this.limit = limit;
    this.free = limit;
    this.freeForSmall = SMALL_SHARE;
  }

  /**
   * An eighth of this process' heap. A message needs up to five times its bytes while it is parsed
   * and up to twice while it waits, so that the heap holds all of them and the engine's own data.
   */
  public static RequestMemory ofThisProcess() {
    return new RequestMemory(
        Math.max(LEAST_BYTES, Runtime.getRuntime().maxMemory() / PART_OF_HEAP));
  }

  /** How many bytes all requests together may occupy, small ones apart. */
  public long limit() {
    return limit;
  }

  /** How many of them are free at the moment. */
  public synchronized long free() {
    return free;
  }

  /** A reservation of nothing, to grow. */
  Reservation open() {
    return new Reservation();
  }

  /** What one request occupies. */
  final class Reservation {

    @GuardedBy("RequestMemory.this")
    private long large;

    @GuardedBy("RequestMemory.this")
    private long small;

    @GuardedBy("RequestMemory.this")
    private boolean released;

    private Reservation() {}

    /**
     * Reserves {@code bytes} in all, if that is more than it has.
     *
     * @return whether there was so much; else the reservation stays as it is
     */
    boolean growTo(long bytes) {
      synchronized (RequestMemory.this) {
        if (released) {
          return false;
        }
        if (bytes <= large + small) {
          return true;
        }
        if (bytes <= SMALL_BYTES && bytes - small <= freeForSmall && large == 0) {
          freeForSmall -= bytes - small;
          small = bytes;
          return true;
        }
        if (bytes - large > free) {
          return false;
        }
        free -= bytes - large;
        large = bytes;
        freeForSmall += small;
        small = 0;
        return true;
      }
    }

    /** Returns everything. Idempotent; the reservation never grows again. */
    void release() {
      synchronized (RequestMemory.this) {
        released = true;
        free += large;
        freeForSmall += small;
        large = 0;
        small = 0;
      }
    }
  }
}
