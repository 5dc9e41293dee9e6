package dev.tsuku.llm.models;

import com.google.errorprone.annotations.FormatMethod;
import dev.tsuku.llm.models.ModelException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Hands out the bytes of a file in order, little-endian, and refuses to go beyond its end. What it
 * is asked for is compared with what the file still has before anything is allocated.
 *
 * <p>Owned by one thread. The channel belongs to the caller.
 */
final class GgufReader {

  private static final int BUFFER_BYTES = 1 << 16;

  private final Path file;
  private final FileChannel channel;
  private final long size;
  private final byte[] bytes = new byte[BUFFER_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private long bufferStart;
  private String part = "header";
  private int number;
  private int count;
  private String name = "";

  GgufReader(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.size = channel.size();
  }

  Path file() {
    return file;
  }

  long size() {
    return size;
  }

  long position() {
    return bufferStart + buffer.position();
  }

  /** Says what is read next, for messages: {@code "header"}. */
  void enter(String part) {
    enter(part, 0, 0);
  }

  /** Says which of several things is read next: {@code "tensor", 3, 20}. */
  void enter(String part, int number, int count) {
    this.part = part;
    this.number = number;
    this.count = count;
    this.name = "";
  }

  /** Says what the thing that is being read is called, once that is known. */
  void named(String name) {
    this.name = name;
  }

  // Made only when something is wrong: to format a text for each entry takes longer than to read
  // it.
  private String place() {
    if (!name.isEmpty()) {
      return "%s '%s'".formatted(part, GgufParser.abridged(name));
    }
    return number == 0 ? part : "%s %d of %d".formatted(part, number, count);
  }

  int i8() throws IOException {
    fill(Byte.BYTES);
    return buffer.get();
  }

  int i16() throws IOException {
    fill(Short.BYTES);
    return buffer.getShort();
  }

  int i32() throws IOException {
    fill(Integer.BYTES);
    return buffer.getInt();
  }

  long i64() throws IOException {
    fill(Long.BYTES);
    return buffer.getLong();
  }

  /**
   * A text behind its length.
   *
   * @param most more bytes than this are refused
   */
  String text(int most) throws IOException {
    byte[] text = new byte[length(most)];
    copy(text, text.length);
    return new String(text, StandardCharsets.UTF_8);
  }

  /**
   * The length of a text, checked against the rest of the file; the text itself is next.
   *
   * @param most more bytes than this are refused
   */
  int length(int most) throws IOException {
    long length = i64();
    require(length);
    if (length > most) {
      throw damaged("holds a text of %d bytes, more than the %d possible there", length, most);
    }
    return (int) length;
  }

  /** Reads into the front of an array. */
  void copy(byte[] target, int length) throws IOException {
    require(length);
    int done = 0;
    while (done < length) {
      fill(1);
      int some = Math.min(length - done, buffer.remaining());
      buffer.get(target, done, some);
      done += some;
    }
  }

  /**
   * Passes over texts.
   *
   * @param most a text of more bytes is refused
   */
  void skipTexts(int count, int most) throws IOException {
    for (int i = 0; i < count; i++) {
      skip(length(most));
    }
  }

  /** Shows a vocabulary its tokens, without making strings of them. */
  void scan(int count, VocabularyScan vocabulary) throws IOException {
    for (int i = 0; i < count; i++) {
      int length = length(BUFFER_BYTES);
      fill(length);
      vocabulary.add(bytes, buffer.position(), length);
      buffer.position(buffer.position() + length);
    }
  }

  void skip(long bytes) {
    require(bytes);
    if (bytes <= buffer.remaining()) {
      buffer.position(buffer.position() + (int) bytes);
    } else {
      bufferStart = position() + bytes;
      buffer.position(0).limit(0);
    }
  }

  /** Refuses the file unless it has so many bytes left, taken as an unsigned number. */
  void require(long bytes) {
    long left = size - position();
    if (bytes < 0 || bytes > left) {
      throw new ModelException(
          Kind.DAMAGED,
          "%s is incomplete or damaged: its %s needs %s bytes from byte %d on, but the file has only %d left. Download it again."
              .formatted(file, place(), Long.toUnsignedString(bytes), position(), left));
    }
  }

  /** A refusal that names the file and the place. */
  @FormatMethod
  ModelException damaged(String what, Object... values) {
    return new ModelException(
        Kind.DAMAGED,
        "%s is damaged: its %s %s. Download it again."
            .formatted(file, place(), what.formatted(values)));
  }

  private void fill(int bytes) throws IOException {
    if (buffer.remaining() >= bytes) {
      return;
    }
    require(bytes);
    bufferStart = position();
    buffer.compact();
    while (buffer.position() < bytes) {
      if (channel.read(buffer, bufferStart + buffer.position()) < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
    }
    buffer.flip();
  }
}
