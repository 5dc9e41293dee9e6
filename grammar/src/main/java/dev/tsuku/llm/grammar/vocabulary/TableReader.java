package dev.tsuku.llm.grammar.vocabulary;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads what a {@link TableWriter} has written, in the same order. Whether that is what was written
 * is known at the end only, from the checksum; until then nothing that was read may be used, and no
 * array is made that is longer than what is left. Owned by one thread; the channel is the caller's.
 *
 * <p>The file is copied through a small buffer and not mapped: where another process cuts a mapped
 * file, the JVM may end.
 */
public final class TableReader {

  /** Many short comparisons are compiled sooner than a few long ones. */
  private static final int COMPARED_BYTES = 1 << 10;

  private final ReadableByteChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(TableWriter.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private final CRC32C checksum = new CRC32C();

  /** Bytes before the checksum that are not in the buffer yet. */
  private long left;

  /**
   * Reads from a channel, from where that is.
   *
   * @param size how many bytes it has from there on
   */
  public TableReader(ReadableByteChannel channel, long size) {
    this.channel = channel;
    this.left = size - Integer.BYTES;
  }

  /**
   * A number.
   *
   * @throws IOException if there is none
   */
  public int number() throws IOException {
    fill(Integer.BYTES);
    return buffer.getInt();
  }

  byte[] bytes() throws IOException {
    byte[] values = new byte[length(Byte.BYTES)];
    for (int done = 0; done < values.length; ) {
      int some = available(values.length - done, Byte.BYTES);
      buffer.get(values, done, some);
      done += some;
    }
    return values;
  }

  /**
   * Whether the next array of bytes is a certain one; if not, nothing more can be read.
   *
   * @throws IOException if there is none
   */
  public boolean nextIs(byte[] expected) throws IOException {
    if (number() != expected.length) {
      return false;
    }
    byte[] part = new byte[COMPARED_BYTES];
    for (int done = 0; done < expected.length; ) {
      int some = Math.min(part.length, available(expected.length - done, Byte.BYTES));
      buffer.get(part, 0, some);
      if (!Arrays.equals(part, 0, some, expected, done, done + some)) {
        return false;
      }
      done += some;
    }
    return true;
  }

  short[] shorts() throws IOException {
    short[] values = new short[length(Short.BYTES)];
    for (int done = 0; done < values.length; ) {
      int some = available(values.length - done, Short.BYTES);
      buffer.asShortBuffer().get(values, done, some);
      buffer.position(buffer.position() + some * Short.BYTES);
      done += some;
    }
    return values;
  }

  int[] ints() throws IOException {
    int[] values = new int[length(Integer.BYTES)];
    for (int done = 0; done < values.length; ) {
      int some = available(values.length - done, Integer.BYTES);
      buffer.asIntBuffer().get(values, done, some);
      buffer.position(buffer.position() + some * Integer.BYTES);
      done += some;
    }
    return values;
  }

  long[] longs() throws IOException {
    long[] values = new long[length(Long.BYTES)];
    for (int done = 0; done < values.length; ) {
      int some = available(values.length - done, Long.BYTES);
      buffer.asLongBuffer().get(values, done, some);
      buffer.position(buffer.position() + some * Long.BYTES);
      done += some;
    }
    return values;
  }

  /**
   * Refuses what cannot be.
   *
   * @throws IOException if something does not hold
   */
  void require(boolean holds) throws IOException {
    if (!holds) {
      throw new IOException("it contradicts itself");
    }
  }

  /** A length that what is left has room for. */
  private int length(int bytesEach) throws IOException {
    int length = number();
    if (length < 0 || (long) length * bytesEach > left + buffer.remaining()) {
      throw new IOException("it is damaged or cut");
    }
    return length;
  }

  /** How many of so many elements are in the buffer now; at least one. */
  private int available(int elements, int bytesEach) throws IOException {
    fill(bytesEach);
    return Math.min(elements, buffer.remaining() / bytesEach);
  }

  private void fill(int bytes) throws IOException {
    if (buffer.remaining() >= bytes) {
      return;
    }
    if (left + buffer.remaining() < bytes) {
      throw new EOFException("it is cut");
    }
    buffer.compact();
    int from = buffer.position();
    buffer.limit((int) Math.min(buffer.capacity(), from + left));
    while (buffer.position() < bytes) {
      read();
    }
    left -= buffer.position() - from;
    buffer.flip();
    checksum.update(buffer.duplicate().position(from));
  }

  private void read() throws IOException {
    if (channel.read(buffer) < 0) {
      throw new EOFException("it has become shorter");
    }
  }

  /**
   * Reads the checksum.
   *
   * @throws IOException if it is wrong, or there is more before it
   */
  void finish() throws IOException {
    if (left != 0 || buffer.hasRemaining()) {
      throw new IOException("it is longer than its contents");
    }
    buffer.clear().limit(Integer.BYTES);
    while (buffer.hasRemaining()) {
      read();
    }
    if (buffer.flip().getInt() != (int) checksum.getValue()) {
      throw new IOException("its checksum is wrong");
    }
    buffer.limit(0);
  }
}
