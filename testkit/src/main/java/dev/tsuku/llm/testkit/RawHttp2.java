package dev.tsuku.llm.testkit;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC client that sends what a real one would not: any bytes at all, and only a part of them. It
 * keeps to the windows that it is given, and copies nothing, so that many connections can send many
 * large messages from a small heap. Used by one thread at a time.
 */
public final class RawHttp2 implements AutoCloseable {

  /** The method that answers prompts. */
  public static final String COMPLETE = "/tsuku.llm.v1.InferenceService/Complete";

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BYTES = 9;
  private static final int FRAME_BYTES = 16_384;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RESET = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GO_AWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int INITIAL_WINDOW = 4;
  private static final int DEFAULT_WINDOW = 65_535;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final DefaultHttp2HeadersDecoder headers = new DefaultHttp2HeadersDecoder();
  private final Map<Integer, Call> calls = new HashMap<>();
  private ByteBuffer in = ByteBuffer.allocate(256 << 10);
  private long window = DEFAULT_WINDOW;
  private long initialWindow = DEFAULT_WINDOW;
  private int nextId = 1;
  private boolean writing;
  private final Deque<Postponed> postponed = new ArrayDeque<>();

  /**
   * How a call ended.
   *
   * @param code gRPC's, as a number; -1 if the stream was reset without one
   * @param message for people
   * @param reason the daemon's, for programs
   */
  public record Ending(int code, String message, String reason) {}

  /** One call. */
  public final class Call {
    private final int id;
    private long callWindow = initialWindow;
    private byte @Nullable [] message;
    private int sent;
    private @Nullable Ending ending;

    private Call(int id) {
      this.id = id;
    }

    /** How it ended; null as long as it has not. */
    public @Nullable Ending ending() {
      return ending;
    }
  }

  /** Connects, and begins to speak HTTP/2. */
  public RawHttp2(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    channel.configureBlocking(false);
    selector = Selector.open();
    key = channel.register(selector, SelectionKey.OP_READ);
    write(PREFACE, 0, PREFACE.length);
    // A window for answers that never has to grow.
    frame(SETTINGS, 0, 0, new byte[] {0, INITIAL_WINDOW, 0x7f, (byte) 0xff, (byte) 0xff, -1});
  }

  /** Begins a call, without a message; {@code more} are further headers, name and value in turn. */
  public Call begin(String path, String... more) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    // POST and http, from the table that everybody has.
    block.write(0x83);
    block.write(0x86);
    literal(block, ":path", path);
    literal(block, ":authority", "localhost");
    literal(block, "content-type", "application/grpc");
    literal(block, "te", "trailers");
    for (int i = 0; i < more.length; i += 2) {
      literal(block, more[i], more[i + 1]);
    }
    Call call = new Call(nextId);
    nextId += 2;
    calls.put(call.id, call);
    frame(HEADERS, END_HEADERS, call.id, block.toByteArray());
    return call;
  }

  private static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      int left = bytes.length - 127;
      while (left > 127) {
        block.write((left & 127) | 128);
        left >>= 7;
      }
      block.write(left);
    }
    block.writeBytes(bytes);
  }

  /** A message with the five bytes that gRPC puts before it. */
  public static byte[] framed(byte[] message) {
    return prefixed(0, message.length, message);
  }

  /** A message of any size, said to be of {@code length} bytes. */
  public static byte[] prefixed(int flag, int length, byte[] message) {
    return ByteBuffer.allocate(5 + message.length)
        .put((byte) flag)
        .putInt(length)
        .put(message)
        .array();
  }

  /** Sends bytes as those of a message, and the end of the message if {@code last}. */
  public void send(Call call, byte[] bytes, boolean last) throws IOException {
    call.message = bytes;
    call.sent = 0;
    while (call.ending == null && call.sent < bytes.length) {
      if (!sendSome(call, last)) {
        read(Duration.ofSeconds(60));
      }
    }
    call.message = null;
  }

  /** Sends the same message for all calls, a frame of each in turn, until each is sent or ended. */
  public void sendAll(List<Call> all, byte[] framed) throws IOException {
    List<Call> left = new ArrayList<>(all);
    left.forEach(call -> call.message = framed);
    while (!left.isEmpty()) {
      boolean moved = false;
      for (Call call : left) {
        moved |= call.ending == null && sendSome(call, true);
      }
      left.removeIf(call -> call.ending != null || call.sent == framed.length);
      if (!moved && !left.isEmpty()) {
        read(Duration.ofSeconds(60));
      }
    }
  }

  /** Sends a frame, if both windows have room for one. */
  private boolean sendSome(Call call, boolean last) throws IOException {
    byte[] message = call.message;
    if (message == null || call.sent == message.length) {
      return false;
    }
    int length = (int) Math.min(Math.min(window, call.callWindow), FRAME_BYTES);
    length = Math.min(length, message.length - call.sent);
    if (length <= 0) {
      return false;
    }
    int flags = last && call.sent + length == message.length ? END_STREAM : 0;
    frame(DATA, flags, call.id, message, call.sent, length);
    call.sent += length;
    call.callWindow -= length;
    window -= length;
    readWhatIsThere();
    return true;
  }

  /** Gives a call up. */
  public void cancel(Call call) throws IOException {
    frame(RESET, 0, call.id, new byte[] {0, 0, 0, 8});
    calls.remove(call.id);
  }

  /** Waits for the end of a call. */
  public Ending await(Call call, Duration atMost) throws IOException {
    long deadline = System.nanoTime() + atMost.toNanos();
    Ending ending = call.ending;
    while (ending == null) {
      read(Duration.ofNanos(deadline - System.nanoTime()));
      ending = call.ending;
    }
    return ending;
  }

  /** Sends a message as a whole call; how it ends. */
  public Ending call(String path, byte[] message) throws IOException {
    Call call = begin(path);
    send(call, framed(message), true);
    return await(call, Duration.ofSeconds(60));
  }

  private void frame(int type, int flags, int stream, byte[] content) throws IOException {
    frame(type, flags, stream, content, 0, content.length);
  }

  /** Writes a frame; what is received meanwhile and has to be answered is answered after it. */
  private void frame(int type, int flags, int stream, byte[] content, int offset, int length)
      throws IOException {
    if (writing) {
      postponed.add(new Postponed(type, flags, stream, ByteBuffer.wrap(content)));
      return;
    }
    writing = true;
    write(header(type, flags, stream, length), 0, HEADER_BYTES);
    write(content, offset, length);
    writing = false;
    while (!postponed.isEmpty()) {
      Postponed next = postponed.removeFirst();
      frame(next.type(), next.flags(), next.stream(), next.content().array());
    }
  }

  private record Postponed(int type, int flags, int stream, ByteBuffer content) {}

  private static byte[] header(int type, int flags, int stream, int length) {
    return ByteBuffer.allocate(HEADER_BYTES)
        .put((byte) (length >> 16))
        .putShort((short) length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .array();
  }

  private void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(bytes, offset, length);
    while (out.hasRemaining()) {
      if (channel.write(out) == 0) {
        key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        selector.select(1000);
        key.interestOps(SelectionKey.OP_READ);
        readWhatIsThere();
      }
    }
  }

  private void read(Duration atMost) throws IOException {
    if (atMost.isNegative()) {
      throw new IOException("the daemon is silent");
    }
    if (!readWhatIsThere()) {
      int ready = selector.select(Math.max(1, atMost.toMillis()));
      if (ready == 0 && selector.selectedKeys().isEmpty()) {
        throw new IOException("the daemon is silent");
      }
      selector.selectedKeys().clear();
      boolean ignored = readWhatIsThere();
    }
  }

  private boolean readWhatIsThere() throws IOException {
    int count = channel.read(in);
    if (count < 0) {
      throw new EOFException("the daemon has closed the connection");
    }
    in.flip();
    boolean any = false;
    while (in.remaining() >= HEADER_BYTES) {
      in.mark();
      int length = (in.get() & 0xff) << 16 | (in.getShort() & 0xffff);
      int type = in.get();
      int flags = in.get();
      int stream = in.getInt();
      if (in.remaining() < length) {
        in.reset();
        break;
      }
      byte[] content = new byte[length];
      in.get(content);
      received(type, flags, stream, content);
      any = true;
    }
    in.compact();
    if (!in.hasRemaining()) {
      in = ByteBuffer.allocate(in.capacity() * 2).put(in.flip());
    }
    return any;
  }

  private void received(int type, int flags, int stream, byte[] content) throws IOException {
    Call call = calls.get(stream);
    switch (type) {
      case SETTINGS -> {
        if ((flags & ACK) == 0) {
          settings(ByteBuffer.wrap(content));
          frame(SETTINGS, ACK, 0, new byte[0]);
        }
      }
      case PING -> {
        if ((flags & ACK) == 0) {
          frame(PING, ACK, 0, content);
        }
      }
      case WINDOW_UPDATE -> {
        int more = ByteBuffer.wrap(content).getInt();
        if (stream == 0) {
          window += more;
        } else if (call != null) {
          call.callWindow += more;
        }
      }
      case HEADERS -> {
        Http2Headers decoded = decoded(stream, content);
        if (call != null && (flags & END_STREAM) != 0) {
          end(call, ending(decoded));
        }
      }
      case RESET -> {
        if (call != null && call.ending == null) {
          end(call, new Ending(-1, "reset: " + Arrays.toString(content), ""));
        }
      }
      case GO_AWAY ->
          throw new EOFException(
              "the daemon ends the connection: " + new String(content, StandardCharsets.UTF_8));
      default -> {
        // Answers are not of interest.
      }
    }
  }

  private void end(Call call, Ending ending) throws IOException {
    call.ending = ending;
    calls.remove(call.id);
    byte[] message = call.message;
    if (message != null && call.sent < message.length) {
      // As every client does: what is not sent by now is not sent any more.
      frame(RESET, 0, call.id, new byte[] {0, 0, 0, 8});
    }
  }

  private void settings(ByteBuffer settings) {
    while (settings.hasRemaining()) {
      int name = settings.getShort();
      int value = settings.getInt();
      if (name == INITIAL_WINDOW) {
        calls.values().forEach(call -> call.callWindow += value - initialWindow);
        initialWindow = value;
      }
    }
  }

  private Http2Headers decoded(int stream, byte[] block) throws IOException {
    try {
      return headers.decodeHeaders(stream, Unpooled.wrappedBuffer(block));
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
  }

  private static Ending ending(Http2Headers trailers) {
    return new Ending(
        Integer.parseInt(trailers.get("grpc-status", "-1").toString()),
        trailers.get("grpc-message", "").toString(),
        trailers.get("tsuku-llm-reason", "").toString());
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
