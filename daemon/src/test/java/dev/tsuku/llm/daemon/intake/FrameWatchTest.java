package dev.tsuku.llm.daemon.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.protocol.Reason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameWatchTest {

  private static final byte[] PREFACE = new byte[24];
  private static final int MIB = 1 << 20;

  private final RequestMemory memory = new RequestMemory(32 * MIB);
  private final Receptions receptions = new Receptions(memory);
  private final List<io.grpc.ServerStreamTracer> calls = new ArrayList<>();
  private final List<Refusal> refusals = new ArrayList<>();
  private final ByteArrayOutputStream passedOn = new ByteArrayOutputStream();

  /** In the place of gRPC: begins a call for each HEADERS frame, as soon as it is whole. */
  private final class Grpc extends ChannelInboundHandlerAdapter {
    private final ByteBuf pending = Unpooled.buffer();
    private boolean preface = true;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      pending.writeBytes(bytes.duplicate());
      byte[] copy = new byte[bytes.readableBytes()];
      bytes.readBytes(copy);
      passedOn.writeBytes(copy);
      bytes.release();
      if (preface && pending.readableBytes() >= PREFACE.length) {
        pending.skipBytes(PREFACE.length);
        preface = false;
      }
      while (!preface
          && pending.readableBytes() >= 9
          && pending.readableBytes() >= 9 + pending.getMedium(pending.readerIndex())) {
        int length = pending.readMedium();
        int type = pending.readByte();
        pending.skipBytes(5 + length);
        if (type == 1) {
          calls.add(receptions.newServerStreamTracer("a/b", new Metadata()));
          // What the guard does, here as soon as there is a call.
          calls.getLast().filterContext(io.grpc.Context.ROOT).run(this::listen);
        }
      }
    }

    private void listen() {
      Reception.current().onRefusal(refusals::add);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      pending.release();
    }
  }

  private static byte[] frame(int type, int flags, int stream, byte[]... contents) {
    byte[] content = joined(contents);
    return joined(
        ByteBuffer.allocate(9)
            .put((byte) (content.length >> 16))
            .putShort((short) content.length)
            .put((byte) type)
            .put((byte) flags)
            .putInt(stream)
            .array(),
        content);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] prefix(int flag, int length) {
    return ByteBuffer.allocate(5).put((byte) flag).putInt(length).array();
  }

  private EmbeddedChannel channel() {
    return new EmbeddedChannel(new FrameWatch(receptions), new Grpc());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void lengths_are_known_however_the_bytes_are_cut_and_all_bytes_are_passed_on(long seed) {
    byte[] all =
        joined(
            PREFACE,
            frame(4, 0, 0),
            frame(1, 4, 1, new byte[30]),
            frame(1, 4, 3, new byte[30]),
            // A prefix in two frames, the first of them padded by 7 bytes.
            frame(0, 8, 1, new byte[] {7}, Arrays.copyOf(prefix(0, MIB), 3), new byte[7]),
            frame(6, 0, 0, new byte[8]),
            frame(0, 0, 1, new byte[] {0, 0}, new byte[1000]),
            frame(0, 0, 3, prefix(1, 2 * MIB)),
            frame(0, 0, 1, new byte[0]));
    EmbeddedChannel channel = channel();
    Random random = new Random(seed);
    for (int at = 0; at < all.length; ) {
      int end = Math.min(all.length, at + 1 + random.nextInt(seed == 1 ? 1 : 40));
      channel.writeInbound(Unpooled.copiedBuffer(all, at, end - at));
      at = end;
    }
    assertThat(passedOn.toByteArray()).isEqualTo(all);
    assertThat(calls).hasSize(2);
    assertThat(refusals).isEmpty();
    assertThat(memory.free()).isEqualTo(29 * MIB);
    calls.forEach(call -> call.streamClosed(Status.OK));
    assertThat(memory.free()).isEqualTo(32 * MIB);
    var _ = channel.finish();
  }

  @Test
  void messages_of_one_call_follow_each_other() {
    EmbeddedChannel channel = channel();
    byte[] two = joined(prefix(0, 3), new byte[3], prefix(0, 17 * MIB));
    channel.writeInbound(
        Unpooled.wrappedBuffer(PREFACE, frame(1, 4, 1, new byte[30]), frame(0, 0, 1, two)));
    assertThat(refusals).extracting(Refusal::reason).containsExactly(Reason.REQUEST_TOO_LARGE);
    assertThat(refusals.get(0).message()).contains("17825792 bytes", "16777216");
    var _ = channel.finish();
  }

  @Test
  void what_is_no_message_is_refused_and_what_does_not_fit() {
    EmbeddedChannel channel = channel();
    channel.writeInbound(
        Unpooled.wrappedBuffer(
            PREFACE, frame(1, 4, 1, new byte[30]), frame(0, 0, 1, prefix(2, 3))));
    for (int id = 3; id < 9; id += 2) {
      channel.writeInbound(
          Unpooled.wrappedBuffer(
              frame(1, 4, id, new byte[30]), frame(0, 0, id, prefix(0, 15 * MIB))));
    }
    assertThat(refusals)
        .extracting(Refusal::reason)
        .containsExactly(Reason.INVALID_REQUEST, Reason.MEMORY_FULL);
    var _ = channel.finish();
  }

  @Test
  void a_message_that_does_not_arrive_in_time_is_refused() {
    EmbeddedChannel channel = channel();
    channel.freezeTime();
    channel.writeInbound(
        Unpooled.wrappedBuffer(
            PREFACE,
            frame(1, 4, 1, new byte[30]),
            frame(1, 4, 3, new byte[30]),
            frame(0, 0, 1, prefix(0, 3), new byte[3])));
    channel.advanceTimeBy(29, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(refusals).isEmpty();
    channel.advanceTimeBy(2, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(refusals).extracting(Refusal::reason).containsExactly(Reason.REQUEST_INCOMPLETE);
    var _ = channel.finish();
  }

  @Test
  void too_many_open_calls_are_refused_and_ended_ones_make_room() {
    EmbeddedChannel channel = channel();
    channel.writeInbound(Unpooled.wrappedBuffer(PREFACE));
    for (int i = 0; i <= Receptions.MAX_OPEN; i++) {
      channel.writeInbound(Unpooled.wrappedBuffer(frame(1, 4, 2 * i + 1, new byte[30])));
    }
    assertThat(refusals).extracting(Refusal::reason).containsExactly(Reason.QUEUE_FULL);
    EmbeddedChannel other = channel();
    other.writeInbound(Unpooled.wrappedBuffer(PREFACE, frame(1, 4, 1, new byte[30])));
    assertThat(refusals).as("of a connection with few calls").hasSize(1);
    calls.getLast().streamClosed(Status.OK);
    var _ = other.finish();
    calls.get(0).streamClosed(Status.CANCELLED);
    calls.get(0).streamClosed(Status.CANCELLED);
    calls.get(1).streamClosed(Status.CANCELLED);
    channel.writeInbound(Unpooled.wrappedBuffer(frame(1, 4, 9001, new byte[30])));
    assertThat(refusals).hasSize(1);
    var _ = channel.finish();
  }
}
