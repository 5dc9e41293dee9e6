package dev.tsuku.llm.daemon.intake;

import dev.tsuku.llm.protocol.Reason;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Creates a {@link Reception} for each call that gRPC begins, and counts those that are open.
 * Thread-safe; gRPC begins calls on the event loop.
 */
public final class Receptions extends ServerStreamTracer.Factory {

  /** Of one message. */
  public static final int MAX_MESSAGE_BYTES = 16 << 20;

  /**
   * Calls that have begun and not ended, whatever has arrived of them. Beyond that, connections
   * with few calls may still begin some, up to twice as many in all: so a few connections cannot
   * keep the others out.
   */
  static final int MAX_OPEN = 2048;

  /** Calls of a connection that are few. */
  static final int FEW = 16;

  private final RequestMemory memory;
  private final AtomicInteger open = new AtomicInteger();

  /** Whose bytes gRPC is reading right now. Owned by the event loop. */
  private @Nullable FrameWatch reading;

  /** No calls yet. */
  public Receptions(RequestMemory memory) {
    this.memory = memory;
  }

  /**
   * The refusal of a message that is larger than any may be.
   *
   * @param size of the message, with its unit
   */
  public static Refusal tooLarge(String size) {
    return new Refusal(
        Reason.REQUEST_TOO_LARGE,
        "The request has "
            + size
            + "; a request may have "
            + MAX_MESSAGE_BYTES
            + " bytes (16 MiB). Send a shorter one.");
  }

  /** From now until the next time, what gRPC does is for this connection. */
  void reading(@Nullable FrameWatch connection) {
    reading = connection;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    Reception reception = new Reception(memory);
    int count = open.incrementAndGet();
    FrameWatch connection = reading;
    boolean few = connection != null && connection.openCalls() < FEW;
    if (count > (few ? 2 * MAX_OPEN : MAX_OPEN)) {
      reception.refuse(
          new Refusal(
              Reason.QUEUE_FULL,
              "The daemon has "
                  + (count - 1)
                  + " open calls; at most "
                  + MAX_OPEN
                  + " are allowed. Try again in a moment."));
    }
    Runnable forget = connection == null ? () -> {} : connection.begin(reception);
    return new Tracer(reception, forget);
  }

  private final class Tracer extends ServerStreamTracer {

    private final Reception reception;
    private final Runnable forget;
    private final AtomicBoolean closed = new AtomicBoolean();

    Tracer(Reception reception, Runnable forget) {
      this.reception = reception;
      this.forget = forget;
    }

    @Override
    public Context filterContext(Context context) {
      return reception.in(context);
    }

    @Override
    public void streamClosed(Status status) {
      if (closed.compareAndSet(false, true)) {
        open.decrementAndGet();
        forget.run();
        reception.closed();
      }
    }
  }
}
