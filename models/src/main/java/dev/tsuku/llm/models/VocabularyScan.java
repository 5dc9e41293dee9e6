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

  void add(byte[] text, int length) {
    int end = end(text, length);
    long hash = end == 0 ? emptyTokenHash() : hash(text, end);
    if (!remember(hash) && duplicate < 0) {
      duplicate = size;
    }
    noteByte(text, end);
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

  // llama.cpp reads tokens as C strings.
  private static int end(byte[] text, int length) {
    for (int i = 0; i < length; i++) {
      if (text[i] == 0) {
        return i;
      }
    }
    return length;
  }

  // llama.cpp gives an empty token this name.
  private long emptyTokenHash() {
    byte[] name = ("[EMPTY_" + size + "]").getBytes(StandardCharsets.US_ASCII);
    return hash(name, name.length);
  }

  private static long hash(byte[] text, int length) {
    long hash = FNV_START;
    for (int i = 0; i < length; i++) {
      hash = (hash ^ (text[i] & 0xff)) * FNV_PRIME;
    }
    return hash == 0 ? 1 : hash;
  }

  private boolean remember(long hash) {
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

  private void noteByte(byte[] text, int length) {
    if (length == 1) {
      bytes.set(text[0] & 0xff);
    } else if (length == 6
        && text[0] == '<'
        && text[1] == '0'
        && text[2] == 'x'
        && text[5] == '>') {
      if (isUpperHex(text[3]) && isUpperHex(text[4])) {
        bytes.set(HexFormat.fromHexDigit(text[3]) << 4 | HexFormat.fromHexDigit(text[4]));
      }
    }
  }

  private static boolean isUpperHex(byte digit) {
    return (digit >= '0' && digit <= '9') || (digit >= 'A' && digit <= 'F');
  }
}
