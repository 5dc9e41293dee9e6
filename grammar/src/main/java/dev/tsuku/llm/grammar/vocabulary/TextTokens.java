package dev.tsuku.llm.grammar.vocabulary;

import dev.tsuku.llm.grammar.regex.Dfa;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that stand for text: all of them, those that can be inside a string, and those that
 * can end one or escape something in it.
 */
public final class TextTokens {

  private static final int BYTE_MASK = 0xff;
  private static final int CONTINUATION_MASK = 0xc0;
  private static final int CONTINUATION = 0x80;

  /** Bytes that are sorted by at once; the number of a token takes the other three. */
  private static final int SORTED_BYTES = 5;

  private final byte[][] bytes;
  private final TokenTrie all;
  private final TokenTrie plain;
  private final TokenTrie quoted;
  private final StringSlice slice;
  private final List<QuotedEnd> ends;
  private final TokenTrie endTrie;
  private final int longest;

  private TextTokens(
      byte[][] bytes,
      TokenTrie all,
      TokenTrie plain,
      TokenTrie quoted,
      StringSlice slice,
      List<QuotedEnd> ends,
      TokenTrie endTrie) {
    this.bytes = bytes;
    this.all = all;
    this.plain = plain;
    this.quoted = quoted;
    this.slice = slice;
    this.ends = ends;
    this.endTrie = endTrie;
    this.longest = all.deepest();
  }

  /**
   * What tokens can do within a string and behind it: the first quote or backslash of each, and
   * what comes behind that.
   *
   * @param quotes how many quotes there are
   * @param tokens those that end like this, with any text before
   */
  public record QuotedEnd(int quotes, List<Integer> tokens) {
    public QuotedEnd {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * Puts tokens in order.
   *
   * @param texts for each token of the vocabulary its bytes; none for those that are no text: that
   *     steer a model, end an answer or are unused
   */
  public static TextTokens of(byte[][] texts) {
    byte[][] bytes = texts.clone();
    int[] sorted = sort(bytes);
    int[] inPlain = new int[sorted.length];
    int[] inQuoted = new int[sorted.length];
    int plainCount = 0;
    int quotedCount = 0;
    for (int token : sorted) {
      if (quote(bytes[token]) >= 0) {
        inQuoted[quotedCount++] = token;
      } else if (!hasControl(bytes[token])) {
        inPlain[plainCount++] = token;
      }
    }
    inPlain = Arrays.copyOf(inPlain, plainCount);
    inQuoted = Arrays.copyOf(inQuoted, quotedCount);
    Map<String, List<Integer>> byEnd = new LinkedHashMap<>();
    for (int token : inQuoted) {
      int quote = quote(bytes[token]);
      int state = Dfa.ANY.start();
      for (int i = 0; i < quote && state != Dfa.DEAD; i++) {
        state = Dfa.ANY.next(state, bytes[token][i] & BYTE_MASK);
      }
      if (state != Dfa.DEAD && Dfa.ANY.accepts(state)) {
        String end =
            new String(
                bytes[token], quote, bytes[token].length - quote, StandardCharsets.ISO_8859_1);
        byEnd.computeIfAbsent(end, key -> new ArrayList<>()).add(token);
      }
    }
    byte[][] endBytes = new byte[byEnd.size()][];
    List<QuotedEnd> ends = new ArrayList<>();
    for (Map.Entry<String, List<Integer>> end : byEnd.entrySet()) {
      endBytes[ends.size()] = end.getKey().getBytes(StandardCharsets.ISO_8859_1);
      int quotes = (int) end.getKey().chars().filter(c -> c == '"').count();
      ends.add(new QuotedEnd(quotes, end.getValue()));
    }
    return new TextTokens(
        bytes,
        TokenTrie.of(bytes, sorted),
        TokenTrie.of(bytes, inPlain),
        TokenTrie.of(bytes, inQuoted),
        StringSlice.of(bytes, inPlain),
        List.copyOf(ends),
        TokenTrie.of(endBytes, sort(endBytes)));
  }

  /** The numbers of all texts, in the order of their bytes. */
  private static int[] sort(byte[][] bytes) {
    long[] keys = new long[bytes.length];
    int count = 0;
    for (int token = 0; token < bytes.length; token++) {
      if (bytes[token].length > 0) {
        keys[count++] = key(bytes[token]) | token;
      }
    }
    Arrays.sort(keys, 0, count);
    int[] sorted = new int[count];
    int from = 0;
    for (int i = 0; i < count; i++) {
      sorted[i] = (int) (keys[i] & 0xffffff);
      boolean isLast = i + 1 == count || keys[i] >>> 24 != keys[i + 1] >>> 24;
      if (isLast) {
        if (i > from) {
          sortFully(bytes, sorted, from, i + 1);
        }
        from = i + 1;
      }
    }
    return sorted;
  }

  private static void sortFully(byte[][] bytes, int[] sorted, int from, int to) {
    Integer[] group = new Integer[to - from];
    for (int i = from; i < to; i++) {
      group[i - from] = sorted[i];
    }
    Arrays.sort(group, (one, other) -> Arrays.compareUnsigned(bytes[one], bytes[other]));
    for (int i = from; i < to; i++) {
      sorted[i] = group[i - from];
    }
  }

  private static long key(byte[] text) {
    long key = 0;
    for (int i = 0; i < SORTED_BYTES; i++) {
      key = key << Byte.SIZE | (i < text.length ? text[i] & BYTE_MASK : 0);
    }
    return key << 24;
  }

  /** Whether there is something in it that is in no string. */
  private static boolean hasControl(byte[] text) {
    for (byte b : text) {
      if (b >= 0 && b < ' ') {
        return true;
      }
    }
    return false;
  }

  /** Where the first quote or backslash is; -1 if there is none. */
  private static int quote(byte[] text) {
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '"' || text[i] == '\\') {
        return i;
      }
    }
    return -1;
  }

  /** How many characters begin in a text. */
  static int chars(byte[] text) {
    int chars = 0;
    for (byte b : text) {
      chars += (b & CONTINUATION_MASK) == CONTINUATION ? 0 : 1;
    }
    return chars;
  }

  /** How many tokens the vocabulary has. */
  public int size() {
    return bytes.length;
  }

  /** The bytes of a token, not to be changed; none if it is no text. */
  public byte[] bytes(int token) {
    return bytes[token];
  }

  /** The length of the longest token, in bytes. */
  public int longest() {
    return longest;
  }

  /** All tokens. */
  public TokenTrie all() {
    return all;
  }

  /** Those without quotes and backslashes. */
  public TokenTrie plain() {
    return plain;
  }

  /** Those with quotes or backslashes. */
  public TokenTrie quoted() {
    return quoted;
  }

  /** Those that may be anywhere in a string that may be anything. */
  public StringSlice slice() {
    return slice;
  }

  /** What tokens do in a string that may be anything, from their first quote or backslash on. */
  public TokenTrie endTrie() {
    return endTrie;
  }

  /** One of the texts of {@link #endTrie()}. */
  public QuotedEnd end(int number) {
    return ends.get(number);
  }

  /**
   * Tokens that together are some bytes, the longest first; not as a tokenizer would have them.
   *
   * @return null if there are none
   */
  public int @Nullable [] spell(byte[] text) {
    int[] tokens = new int[text.length];
    int count = 0;
    for (int at = 0; at < text.length; ) {
      int token = all.longest(text, at);
      if (token < 0) {
        return null;
      }
      tokens[count++] = token;
      at += bytes[token].length;
    }
    return Arrays.copyOf(tokens, count);
  }
}
