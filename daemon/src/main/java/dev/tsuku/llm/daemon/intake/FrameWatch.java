package dev.tsuku.llm.daemon.intake;

import dev.tsuku.llm.protocol.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads along what one connection sends, before gRPC does, and passes it on frame by frame. gRPC
 * shows how long a message is only when all of it is there; this knows it from the first five bytes
 * of the message, and reserves memory for it or refuses it.
 *
 * <p>Belongs to the event loop. It understands of HTTP/2 where frames begin, and of gRPC where
 * messages begin; whatever is wrong with either is for gRPC to find.
 */
public final class FrameWatch extends ChannelInboundHandlerAdapter {

  /** From the beginning of a call until its first message has arrived. */
  private static final Duration ARRIVAL = Duration.ofSeconds(30);

  private static final int PREFACE_BYTES = 24;
  private static final int HEADER_BYTES = 9;
  private static final int DATA = 0;
  private static final int PADDED = 8;

  private final Receptions receptions;
  private final byte[] header = new byte[HEADER_BYTES];
  private final Map<Integer, Incoming> streams = new LinkedHashMap<>();

  private int prefaceLeft = PREFACE_BYTES;
  private int headerBytes;

  /** Of the frame's content, its padding included. */
  private int contentLeft;

  /** At the end of the content; -1 where the byte that says so is still to come. */
  private int padding;

  private @Nullable ScheduledFuture<?> deadline;
  private @Nullable EventExecutor executor;

  /** A connection that has sent nothing. */
  public FrameWatch(Receptions receptions) {
    this.receptions = receptions;
  }

  /** How many calls have begun and not ended. */
  int openCalls() {
    return (int) streams.values().stream().filter(incoming -> !incoming.ended).count();
  }

  /**
   * A call begins with the frame that is being read.
   *
   * @return to be run when it has ended
   */
  Runnable begin(Reception reception) {
    int id = streamId();
    Incoming incoming = new Incoming(reception, now() + ARRIVAL.toNanos());
    streams.put(id, incoming);
    return () -> incoming.ended = true;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    executor = context.executor();
  }

  private long now() {
    return Objects.requireNonNull(executor).ticker().nanoTime();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      context.fireChannelRead(message);
      return;
    }
    try {
      while (bytes.isReadable()) {
        int length = prefaceLeft > 0 ? preface(bytes) : frame(bytes);
        receptions.reading(this);
        context.fireChannelRead(bytes.readRetainedSlice(length));
      }
    } finally {
      receptions.reading(null);
      bytes.release();
    }
  }

  private int preface(ByteBuf bytes) {
    int length = Math.min(prefaceLeft, bytes.readableBytes());
    prefaceLeft -= length;
    return length;
  }

  /** Looks at what there is of one frame; how many bytes that is. */
  private int frame(ByteBuf bytes) {
    int start = bytes.readerIndex();
    int at = start;
    if (contentLeft == 0) {
      // The last frame is over.
      headerBytes = headerBytes == HEADER_BYTES ? 0 : headerBytes;
      int length = Math.min(HEADER_BYTES - headerBytes, bytes.readableBytes());
      bytes.getBytes(at, header, headerBytes, length);
      headerBytes += length;
      at += length;
      if (headerBytes < HEADER_BYTES) {
        return length;
      }
      contentLeft = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
      padding = (header[4] & PADDED) == 0 ? 0 : -1;
    }
    int end = at + Math.min(contentLeft, bytes.writerIndex() - at);
    contentLeft -= end - at;
    if (header[3] == DATA) {
      if (padding < 0 && at < end) {
        padding = bytes.getUnsignedByte(at++);
      }
      // What is left of the content after this part reaches into the padding, or does not.
      int data = end - Math.max(0, padding - contentLeft);
      Incoming incoming = streams.get(streamId());
      if (incoming != null && data > at) {
        incoming.data(bytes, at, data);
      }
    }
    return end - start;
  }

  private int streamId() {
    return (header[5] & 0x7f) << 24
        | (header[6] & 0xff) << 16
        | (header[7] & 0xff) << 8
        | (header[8] & 0xff);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.fireChannelReadComplete();
    streams.values().removeIf(incoming -> incoming.ended);
    if (deadline == null) {
      schedule(context);
    }
  }

  /** Wakes up when the oldest message that is not there has to be. */
  private void schedule(ChannelHandlerContext context) {
    for (Incoming incoming : streams.values()) {
      if (incoming.isAwaited()) {
        deadline =
            context
                .executor()
                .schedule(
                    () -> deadlinePassed(context),
                    incoming.deadlineNanos - now(),
                    TimeUnit.NANOSECONDS);
        return;
      }
    }
  }

  private void deadlinePassed(ChannelHandlerContext context) {
    deadline = null;
    long now = now();
    streams.values().removeIf(incoming -> incoming.ended);
    for (Incoming incoming : new ArrayList<>(streams.values())) {
      if (incoming.isAwaited() && now - incoming.deadlineNanos >= 0) {
        incoming.refuseLate();
      }
    }
    schedule(context);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    ScheduledFuture<?> timer = deadline;
    if (timer != null) {
      boolean ignored = timer.cancel(false);
    }
    super.channelInactive(context);
  }

  /** The messages of one call. */
  private static final class Incoming {

    private static final int PREFIX_BYTES = 5;

    private final Reception reception;
    private final long deadlineNanos;
    private int prefixBytes;
    private long length;
    private long left;
    private boolean first = true;
    private boolean refused;
    private volatile boolean ended;

    Incoming(Reception reception, long deadlineNanos) {
      this.reception = reception;
      this.deadlineNanos = deadlineNanos;
    }

    boolean isAwaited() {
      return !ended && !refused && (first || left > 0);
    }

    void data(ByteBuf bytes, int start, int end) {
      int at = start;
      while (at < end && !refused) {
        if (left > 0) {
          long taken = Math.min(left, end - at);
          left -= taken;
          at += (int) taken;
        } else {
          prefix(bytes.getUnsignedByte(at++));
        }
      }
    }

    private void prefix(int value) {
      if (prefixBytes == 0) {
        length = 0;
        if (value > 1) {
          refuse(
              Reason.INVALID_REQUEST,
              "The request's message begins with the byte "
                  + value
                  + ", which gRPC does not define. Send 0, or 1 before a compressed message.");
        }
      } else {
        length = length << 8 | value;
      }
      prefixBytes++;
      if (prefixBytes == PREFIX_BYTES) {
        prefixBytes = 0;
        first = false;
        left = length;
        begun();
      }
    }

    private void begun() {
      if (length > Receptions.MAX_MESSAGE_BYTES) {
        refuse(Receptions.tooLarge(length + " bytes"));
      } else {
        reception.reserve(length).ifPresent(this::refuse);
      }
    }

    void refuseLate() {
      refuse(
          Reason.REQUEST_INCOMPLETE,
          "The request did not arrive within "
              + ARRIVAL.toSeconds()
              + " s: "
              + (first
                  ? "not even its length came"
                  : left + " of its " + length + " bytes are missing")
              + ". Send it again, all at once.");
    }

    private void refuse(Reason reason, String message) {
      refuse(new Refusal(reason, message));
    }

    private void refuse(Refusal refusal) {
      refused = true;
      reception.refuse(refusal);
    }
  }
}
