package dev.tsuku.llm.models;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How numbers of the KV cache are stored: ggml's types, by their names there. */
public enum KvCacheType {
  /** 16-bit floats: what llama.cpp takes by default. */
  F16(1, 2),
  /** Blocks of 32 numbers of 8 bits with a common factor; hardly worse, and half as large. */
  Q8_0(32, 34),
  /** Blocks of 32 numbers of 4 bits with a common factor; a quarter as large. */
  Q4_0(32, 18);

  private final int block;
  private final int blockBytes;

  KvCacheType(int block, int blockBytes) {
    this.block = block;
    this.blockBytes = blockBytes;
  }

  /** What users write, such as {@code q8_0}. */
  public String lowerCase() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The type with this name, in any case. */
  public static Optional<KvCacheType> parse(String text) {
    return Arrays.stream(values()).filter(type -> type.name().equalsIgnoreCase(text)).findFirst();
  }

  /** All names, for a sentence. */
  public static String names() {
    return Arrays.stream(values()).map(KvCacheType::lowerCase).collect(Collectors.joining(", "));
  }

  /** Whether a head of so many numbers is a number of whole blocks. */
  boolean divides(long headNumbers) {
    return headNumbers % block == 0;
  }

  /** What so many numbers take in place of their 16-bit floats. */
  long bytesInsteadOf(long floatBytes) {
    return floatBytes / Short.BYTES / block * blockBytes
        + Math.ceilDiv(floatBytes / Short.BYTES % block * blockBytes, block);
  }
}
