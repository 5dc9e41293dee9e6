package dev.tsuku.llm.daemon.intake;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tsuku.llm.protocol.Reason;
import io.grpc.Context;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call's message on its way in, and the memory that is reserved for it. It is held by the call,
 * until the transport has closed it, and by everybody who works on its request; the last one to let
 * go releases the memory. Thread-safe.
 */
public final class Reception {

  private static final Context.Key<Reception> KEY = Context.key("tsuku-llm-reception");

  private final RequestMemory memory;
  private final RequestMemory.Reservation reservation;

  @GuardedBy("this")
  private int holders = 1;

  @GuardedBy("this")
  private @Nullable Refusal refusal;

  @GuardedBy("this")
  private @Nullable Consumer<Refusal> refused;

  Reception(RequestMemory memory) {
    this.memory = memory;
    this.reservation = memory.open();
  }

  /** The reception of the call that this thread works for. */
  public static Reception current() {
    Reception reception = KEY.get();
    if (reception == null) {
      throw new IllegalStateException("this thread works for no call");
    }
    return reception;
  }

  Context in(Context context) {
    return context.withValue(KEY, this);
  }

  /**
   * Reserves memory for a message of a size that is known, or for more of one that grows.
   *
   * @return why not, if that is so
   */
  public Optional<Refusal> reserve(long bytes) {
    if (reservation.growTo(bytes)) {
      return Optional.empty();
    }
    String advice =
        bytes <= memory.limit() ? "Try again in a moment." : "Send a request with less in it.";
    return Optional.of(
        new Refusal(
            Reason.MEMORY_FULL,
            "The request has %d bytes; all requests together may have %d, of which %d are free. %s"
                .formatted(bytes, memory.limit(), memory.free(), advice)));
  }

  /** The message is not accepted. The first refusal counts. */
  void refuse(Refusal why) {
    @Nullable Consumer<Refusal> listener;
    synchronized (this) {
      if (refusal != null) {
        return;
      }
      refusal = why;
      listener = refused;
    }
    if (listener != null) {
      listener.accept(why);
    }
  }

  /** Calls {@code listener} once the message is refused, at once if it has been; on any thread. */
  public void onRefusal(Consumer<Refusal> listener) {
    Refusal already;
    synchronized (this) {
      refused = listener;
      already = refusal;
    }
    if (already != null) {
      listener.accept(already);
    }
  }

  /** Keeps the memory reserved until the result is closed, whatever becomes of the call. */
  public synchronized Hold hold() {
    // A call that has ended holds nothing, and who comes after that has nothing to hold.
    if (holders > 0) {
      holders++;
      return new Hold(this);
    }
    return new Hold(null);
  }

  /** The transport has closed the call. */
  void closed() {
    letGo();
  }

  private void letGo() {
    boolean last;
    synchronized (this) {
      holders--;
      last = holders == 0;
    }
    if (last) {
      reservation.release();
    }
  }

  /** Somebody works on the request. Closing is idempotent; used by one thread at a time. */
  public static final class Hold implements AutoCloseable {

    private @Nullable Reception reception;

    private Hold(@Nullable Reception reception) {
      this.reception = reception;
    }

    @Override
    public void close() {
      Reception held = reception;
      reception = null;
      if (held != null) {
        held.letGo();
      }
    }
  }
}
