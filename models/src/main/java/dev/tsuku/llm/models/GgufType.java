package dev.tsuku.llm.models;

import java.util.Optional;

/** The types of metadata values, in the order of their numbers in a file. */
enum GgufType {
  U8(1),
  I8(1),
  U16(2),
  I16(2),
  U32(4),
  I32(4),
  F32(4),
  BOOL(1),
  STRING(0),
  ARRAY(0),
  U64(8),
  I64(8),
  F64(8);

  private static final GgufType[] BY_NUMBER = values();

  private final int bytes;

  GgufType(int bytes) {
    this.bytes = bytes;
  }

  /** The size of a value, or 0 where it varies. */
  int bytes() {
    return bytes;
  }

  boolean isWhole() {
    return switch (this) {
      case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
      case F32, F64, BOOL, STRING, ARRAY -> false;
    };
  }

  static Optional<GgufType> of(int number) {
    return number >= 0 && number < BY_NUMBER.length
        ? Optional.of(BY_NUMBER[number])
        : Optional.empty();
  }
}
