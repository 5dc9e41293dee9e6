package dev.tsuku.llm.models;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the numbers of a tensor are stored: what llama.cpp v0.4.0 knows, with its block sizes. */
enum TensorType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q8_1(9, 32, 36),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, 32, 18),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, 256, 136),
  I8(24, 1, 1),
  I16(25, 1, 2),
  I32(26, 1, 4),
  I64(27, 1, 8),
  F64(28, 1, 8),
  IQ1_M(29, 256, 56),
  BF16(30, 1, 2),
  TQ1_0(34, 256, 54),
  TQ2_0(35, 256, 66),
  MXFP4(39, 32, 17),
  NVFP4(40, 64, 36),
  Q1_0(41, 128, 18),
  Q2_0(42, 64, 18);

  private static final Set<TensorType> ONLY_STORED = EnumSet.of(Q8_1, Q8_K, I8, I16, I32, I64, F64);

  private static final @Nullable TensorType[] BY_NUMBER = new @Nullable TensorType[43];

  static {
    Arrays.stream(values()).forEach(type -> BY_NUMBER[type.number] = type);
  }

  private final int number;
  private final int blockElements;
  private final int blockBytes;

  TensorType(int number, int blockElements, int blockBytes) {
    this.number = number;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  int number() {
    return number;
  }

  /** How many numbers are stored together; a row holds whole blocks only. */
  int blockElements() {
    return blockElements;
  }

  int blockBytes() {
    return blockBytes;
  }

  /**
   * Whether a matrix of this type can be multiplied with. With the others llama.cpp jumps to a
   * function it does not have.
   */
  boolean multiplies() {
    return !ONLY_STORED.contains(this);
  }

  static Optional<TensorType> of(int number) {
    return number >= 0 && number < BY_NUMBER.length
        ? Optional.ofNullable(BY_NUMBER[number])
        : Optional.empty();
  }

  /** Whether files once used this number for a type that llama.cpp has dropped. */
  static boolean wasDropped(int number) {
    return number == 4 || number == 5 || (number >= 31 && number <= 38 && of(number).isEmpty());
  }
}
