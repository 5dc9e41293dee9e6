package dev.tsuku.llm.grammar.vocabulary;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/**
 * Writes arrays, each behind its length, and a checksum of everything at the end; {@link
 * TableReader} reads them. Numbers are little-endian. Owned by one thread; the channel is the
 * caller's.
 */
public final class TableWriter {

  static final int BUFFER_BYTES = 1 << 18;

  private final WritableByteChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C checksum = new CRC32C();

  /** Writes to a channel, from where that is. */
  public TableWriter(WritableByteChannel channel) {
    this.channel = channel;
  }

  /** A number. */
  public void number(int value) throws IOException {
    if (buffer.remaining() < Integer.BYTES) {
      flush();
    }
    buffer.putInt(value);
  }

  /** An array of bytes. */
  public void bytes(byte[] values) throws IOException {
    number(values.length);
    for (int done = 0; done < values.length; ) {
      int some = room(values.length - done, Byte.BYTES);
      buffer.put(values, done, some);
      done += some;
    }
  }

  void shorts(short[] values) throws IOException {
    number(values.length);
    for (int done = 0; done < values.length; ) {
      int some = room(values.length - done, Short.BYTES);
      buffer.asShortBuffer().put(values, done, some);
      buffer.position(buffer.position() + some * Short.BYTES);
      done += some;
    }
  }

  void ints(int[] values) throws IOException {
    number(values.length);
    for (int done = 0; done < values.length; ) {
      int some = room(values.length - done, Integer.BYTES);
      buffer.asIntBuffer().put(values, done, some);
      buffer.position(buffer.position() + some * Integer.BYTES);
      done += some;
    }
  }

  void longs(long[] values) throws IOException {
    number(values.length);
    for (int done = 0; done < values.length; ) {
      int some = room(values.length - done, Long.BYTES);
      buffer.asLongBuffer().put(values, done, some);
      buffer.position(buffer.position() + some * Long.BYTES);
      done += some;
    }
  }

  /** How many of so many elements can be put into the buffer now; at least one. */
  private int room(int elements, int bytesEach) throws IOException {
    if (buffer.remaining() < bytesEach) {
      flush();
    }
    return Math.min(elements, buffer.remaining() / bytesEach);
  }

  private void flush() throws IOException {
    buffer.flip();
    checksum.update(buffer.duplicate());
    write();
  }

  private void write() throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /** Writes the checksum; then there is nothing more to write. */
  void finish() throws IOException {
    flush();
    buffer.putInt((int) checksum.getValue()).flip();
    write();
  }
}
