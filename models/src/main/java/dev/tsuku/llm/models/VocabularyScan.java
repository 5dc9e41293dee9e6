package dev.tsuku.llm.models;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * Looks at every token of a vocabulary once, while it is read, and keeps only what has to be known:
 * whether two are equal, and which bytes have a token of their own. llama.cpp ends the process over
 * the one and can over the other.
 *
 * <p>Texts are compared by a 64-bit hash. Equal tokens are always found; that two different ones of
 * a million get in each other's way has a chance of one in 10^7, and would only refuse a file.
 */
final class VocabularyScan {

  /** More tokens than this no model has; the scan takes up to 32 bytes for each. */
  static final int MOST_TOKENS = 1 << 21;

  private static final long FNV_START = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final long[] seen;
  private final BitSet bytes = new BitSet(256);
  private int size;
  private int duplicate = -1;

  /** A scan for so many tokens, which the file has been found long enough for. */
  VocabularyScan(int tokens) {
    seen = new long[Integer.highestOneBit(Math.max(tokens, 8)) * 4];
  }

  /** Looks at the next token: so many bytes from {@code start} on. */
  void add(byte[] text, int start, int length) {
    // llama.cpp reads tokens as C strings.
    long hash = FNV_START;
    int end = start;
    while (end < start + length && text[end] != 0) {
      hash = (hash ^ (text[end++] & 0xff)) * FNV_PRIME;
    }
    if (!remember(end == start ? emptyTokenHash() : hash) && duplicate < 0) {
      duplicate = size;
    }
    noteByte(text, start, end - start);
    size++;
  }

  int size() {
    return size;
  }

  /** The first token that is equal to one before it; -1 if there is none. */
  int duplicate() {
    return duplicate;
  }

  /** The first byte without a token, as {@code <0x41>} or as itself; -1 if each has one. */
  int missingByte() {
    int missing = bytes.nextClearBit(0);
    return missing < 256 ? missing : -1;
  }

  // llama.cpp gives an empty token this name.
  private long emptyTokenHash() {
    long hash = FNV_START;
    for (byte letter : ("[EMPTY_" + size + "]").getBytes(StandardCharsets.US_ASCII)) {
      hash = (hash ^ letter) * FNV_PRIME;
    }
    return hash;
  }

  private boolean remember(long found) {
    long hash = found == 0 ? 1 : found;
    int mask = seen.length - 1;
    int slot = (int) (hash ^ (hash >>> 32)) & mask;
    while (seen[slot] != 0) {
      if (seen[slot] == hash) {
        return false;
      }
      slot = (slot + 1) & mask;
    }
    seen[slot] = hash;
    return true;
  }

  private void noteByte(byte[] text, int at, int length) {
    if (length == 1) {
      bytes.set(text[at] & 0xff);
    } else if (length == 6
        && text[at] == '<'
        && text[at + 1] == '0'
        && text[at + 2] == 'x'
        && isUpperHex(text[at + 3])
        && isUpperHex(text[at + 4])
        && text[at + 5] == '>') {
      bytes.set(HexFormat.fromHexDigit(text[at + 3]) << 4 | HexFormat.fromHexDigit(text[at + 4]));
    }
  }

  private static boolean isUpperHex(byte digit) {
    return (digit >= '0' && digit <= '9') || (digit >= 'A' && digit <= 'F');
  }
}
