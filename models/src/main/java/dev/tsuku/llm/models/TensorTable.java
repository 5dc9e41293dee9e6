package dev.tsuku.llm.models;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the descriptions of the tensors, the last part of a GGUF header, and makes sure that their
 * data lies in the file, one after the other and in this order, as llama.cpp demands.
 */
final class TensorTable {

  static final int MOST_TENSORS = 32_768;

  private static final int MOST_NAME_BYTES = 63;
  private static final int MOST_DIMENSIONS = 4;
  // Of a tensor with more, llama.cpp could not compute the size in bytes.
  private static final long MOST_ELEMENTS = 1L << 56;

  private final GgufReader in;
  private final int alignment;
  private final Set<String> names = new HashSet<>();
  private long dataBytes;
  private long dataEnd;

  private TensorTable(GgufReader in, int alignment) {
    this.in = in;
    this.alignment = alignment;
  }

  static List<TensorInfo> read(GgufReader in, int count, int alignment) throws IOException {
    TensorTable table = new TensorTable(in, alignment);
    List<TensorInfo> tensors = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      in.enter("tensor", i, count);
      tensors.add(table.tensor());
    }
    if (count > 0) {
      table.requireData();
    }
    return tensors;
  }

  private TensorInfo tensor() throws IOException {
    String name = in.text(MOST_NAME_BYTES);
    if (name.isEmpty() || name.chars().anyMatch(Character::isISOControl)) {
      throw in.damaged("has a name that is empty or holds control characters");
    }
    if (!names.add(name)) {
      throw in.damaged("repeats the name '%s'", name);
    }
    in.named(name);
    List<Long> dimensions = dimensions();
    TensorType type = type(name);
    long row = dimensions.getFirst();
    if (row % type.blockElements() != 0) {
      throw in.damaged(
          "has rows of %d numbers, which type %s stores only in blocks of %d",
          row, type, type.blockElements());
    }
    long offset = in.i64();
    if (offset != dataBytes) {
      throw in.damaged(
          "has its data at offset %s instead of %d", Long.toUnsignedString(offset), dataBytes);
    }
    long elements = dimensions.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    return placed(new TensorInfo(name, dimensions, type, offset, bytes(elements, type)));
  }

  private List<Long> dimensions() throws IOException {
    int count = in.i32();
    if (count < 1 || count > MOST_DIMENSIONS) {
      throw in.damaged("has %s dimensions; 1 to 4 are possible", Integer.toUnsignedString(count));
    }
    List<Long> dimensions = new ArrayList<>();
    long elements = 1;
    for (int i = 0; i < count; i++) {
      long dimension = in.i64();
      if (dimension < 1 || dimension > MOST_ELEMENTS / elements) {
        throw in.damaged("has the impossible dimension %s", Long.toUnsignedString(dimension));
      }
      elements *= dimension;
      dimensions.add(dimension);
    }
    return dimensions;
  }

  private TensorType type(String name) throws IOException {
    int number = in.i32();
    return TensorType.of(number)
        .orElseThrow(
            () ->
                new ModelException(
                    Kind.UNSUPPORTED,
                    "%s stores its tensor '%s' as type %d, which %s."
                        .formatted(
                            in.file(),
                            name,
                            number,
                            TensorType.wasDropped(number)
                                ? "is no longer read. Get a newer file of this model"
                                : "is unknown. The file may be newer than this program, or damaged")));
  }

  private static long bytes(long elements, TensorType type) {
    return elements / type.blockElements() * type.blockBytes();
  }

  private TensorInfo placed(TensorInfo tensor) {
    // Past the end of any file already; stopping here keeps the sum from overflowing.
    if (tensor.bytes() > Long.MAX_VALUE / 4 - dataBytes) {
      throw in.damaged("would have more bytes than a file can");
    }
    dataEnd = dataBytes + tensor.bytes();
    dataBytes = padded(dataEnd);
    return tensor;
  }

  private long padded(long position) {
    return (position + alignment - 1) / alignment * alignment;
  }

  private void requireData() {
    long end = padded(in.position()) + dataEnd;
    if (end > in.size()) {
      throw new ModelException(
          Kind.DAMAGED,
          "%s is incomplete: %d of its %d bytes are missing. Download it again."
              .formatted(in.file(), end - in.size(), end));
    }
  }
}
