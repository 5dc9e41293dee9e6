package dev.tsuku.llm.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a GGUF file, version 3, of 32-bit tensors. Metadata first, then tensors, then {@link
 * #writeTo}; used once, by one thread.
 */
final class GgufWriter {

  /** Sets the numbers of one row of a tensor; the row is all zeros before. */
  @FunctionalInterface
  interface Fill {
    void fill(int row, float[] numbers);
  }

  private static final int ALIGNMENT = 32;
  private static final int NUMBER = 4;
  private static final int WHOLE = 5;
  private static final int REAL = 6;
  private static final int FLAG = 7;
  private static final int TEXT = 8;
  private static final int ARRAY = 9;

  private record Tensor(String name, int width, int rows, boolean vector, boolean zero, Fill fill) {
    long bytes() {
      return (long) width * rows * Float.BYTES;
    }

    long paddedBytes() {
      return padded(bytes());
    }
  }

  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private final List<Tensor> tensors = new ArrayList<>();
  private int entries;

  void text(String key, String value) {
    entry(key, TEXT);
    text(metadata, value);
  }

  void number(String key, int value) {
    entry(key, NUMBER);
    whole(metadata, value);
  }

  void real(String key, float value) {
    entry(key, REAL);
    whole(metadata, Float.floatToIntBits(value));
  }

  void flag(String key, boolean value) {
    entry(key, FLAG);
    metadata.write(value ? 1 : 0);
  }

  void texts(String key, List<String> values) {
    array(key, TEXT, values.size());
    values.forEach(value -> text(metadata, value));
  }

  void wholes(String key, int[] values) {
    array(key, WHOLE, values.length);
    for (int value : values) {
      whole(metadata, value);
    }
  }

  void reals(String key, float[] values) {
    array(key, REAL, values.length);
    for (float value : values) {
      whole(metadata, Float.floatToIntBits(value));
    }
  }

  /** A tensor of one dimension. */
  void vector(String name, int length, float value) {
    Fill fill = (row, numbers) -> Arrays.fill(numbers, value);
    tensors.add(new Tensor(name, length, 1, true, false, fill));
  }

  /** A tensor of two dimensions. */
  void matrix(String name, int width, int rows, Fill fill) {
    tensors.add(new Tensor(name, width, rows, false, false, fill));
  }

  /** A matrix of zeros, which takes no room on file systems that know holes. */
  void zeros(String name, int width, int rows) {
    tensors.add(new Tensor(name, width, rows, false, true, (row, numbers) -> {}));
  }

  void writeTo(Path file) throws IOException {
    byte[] header = header();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.SPARSE)) {
      write(channel, ByteBuffer.wrap(header), 0);
      long position = padded(header.length);
      for (Tensor tensor : tensors) {
        if (!tensor.zero) {
          write(channel, tensor, position);
        }
        position += tensor.paddedBytes();
      }
      if (channel.size() < position) {
        write(channel, ByteBuffer.wrap(new byte[1]), position - 1);
      }
    }
  }

  private byte[] header() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    whole(out, 3);
    big(out, tensors.size());
    big(out, entries);
    out.writeBytes(metadata.toByteArray());
    long offset = 0;
    for (Tensor tensor : tensors) {
      text(out, tensor.name);
      whole(out, tensor.vector ? 1 : 2);
      big(out, tensor.width);
      if (!tensor.vector) {
        big(out, tensor.rows);
      }
      whole(out, 0);
      big(out, offset);
      offset += tensor.paddedBytes();
    }
    return out.toByteArray();
  }

  private static void write(FileChannel channel, Tensor tensor, long position) throws IOException {
    int rowBytes = tensor.width * Float.BYTES;
    ByteBuffer bytes = ByteBuffer.allocate(rowBytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < tensor.rows; row++) {
      float[] numbers = new float[tensor.width];
      tensor.fill.fill(row, numbers);
      bytes.clear().asFloatBuffer().put(numbers);
      write(channel, bytes, position + (long) row * rowBytes);
    }
  }

  private static void write(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  private void entry(String key, int type) {
    text(metadata, key);
    whole(metadata, type);
    entries++;
  }

  private void array(String key, int type, int length) {
    entry(key, ARRAY);
    whole(metadata, type);
    big(metadata, length);
  }

  private static void text(ByteArrayOutputStream out, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    big(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void whole(ByteArrayOutputStream out, int value) {
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      out.write(value >>> shift);
    }
  }

  private static void big(ByteArrayOutputStream out, long value) {
    whole(out, (int) value);
    whole(out, (int) (value >>> Integer.SIZE));
  }

  private static long padded(long position) {
    return (position + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
