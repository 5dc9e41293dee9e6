package dev.tsuku.llm.models;

import java.util.List;

/** A metadata value, as far as it is kept. */
sealed interface GgufValue {

  GgufType type();

  record Text(String value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.STRING;
    }
  }

  /** A whole number. One of 2^63 or more reads as negative. */
  record Whole(GgufType type, long value) implements GgufValue {}

  record Real(GgufType type, double value) implements GgufValue {}

  record Flag(boolean value) implements GgufValue {
    @Override
    public GgufType type() {
      return GgufType.BOOL;
    }
  }

  /**
   * An array.
   *
   * @param wholes the elements, if they are whole numbers and few enough to be one per layer;
   *     otherwise empty
   */
  record Array(GgufType elements, long length, List<Long> wholes) implements GgufValue {

    /** Longer arrays of numbers are not kept; no model has more layers. */
    static final int MOST_KEPT = 512;

    public Array {
      wholes = List.copyOf(wholes);
    }

    @Override
    public GgufType type() {
      return GgufType.ARRAY;
    }
  }
}
