package dev.tsuku.llm.models;

import java.util.List;

/**
 * A tensor, as a file describes it.
 *
 * @param dimensions one to four, the length of a row first, all positive
 * @param offset where its data begins, from the start of the data section
 * @param bytes how much data there is, without padding
 */
record TensorInfo(String name, List<Long> dimensions, TensorType type, long offset, long bytes) {

  TensorInfo {
    dimensions = List.copyOf(dimensions);
  }

  /** How many numbers it holds. The parser has made sure that they can be counted. */
  long elements() {
    return dimensions.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
  }
}
