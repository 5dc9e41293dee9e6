package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The UTF-8 of the letters of an {@link Alphabet}: nodes that say where each byte of a character
 * leads, to another node or to the letter that it ends. Nodes that are alike are one.
 */
final class Utf8Trie {

  private static final int LAST_BYTE = 0xff;
  private static final int LAST_ASCII = 0x7f;
  private static final int FIRST_CONTINUATION = 0x80;
  private static final int CONTINUATIONS = 64;
  private static final int BITS = 6;

  /** What is no character's. */
  static final int NONE = -1;

  private record Key(int level, IntKey runs) {}

  private final Alphabet alphabet;
  private final List<int[]> nodes = new ArrayList<>();
  private final List<Integer> levels = new ArrayList<>();
  private final Map<Key, Integer> numbers = new HashMap<>();
  private final Map<Long, Integer> uniform = new HashMap<>();
  private final int[] root;

  Utf8Trie(Alphabet alphabet) {
    this.alphabet = alphabet;
    Runs runs = new Runs();
    for (int c = 0; c <= LAST_ASCII; ) {
      int range = alphabet.range(c);
      int last = Math.min(LAST_ASCII, alphabet.last(range));
      runs.add(last, alphabet.letter(range));
      c = last + 1;
    }
    runs.add(0xc1, NONE);
    addLeads(runs, 0xc2, 0xdf, 1, 0xc0);
    addLeads(runs, 0xe0, 0xef, 2, 0xe0);
    addLeads(runs, 0xf0, 0xf4, 3, 0xf0);
    runs.add(LAST_BYTE, NONE);
    this.root = runs.ended();
  }

  /** Leading bytes: of characters of one more byte than the level. */
  private void addLeads(Runs runs, int first, int last, int level, int mark) {
    for (int lead = first; lead <= last; lead++) {
      int from = (lead - mark) << (BITS * level);
      runs.add(lead, node(level, from, firstOf(level)));
    }
  }

  private static int firstOf(int level) {
    return level == 1 ? FIRST_CONTINUATION : level == 2 ? 0x800 : 0x10000;
  }

  /** The node for continuation bytes of the characters from one on. */
  private int node(int level, int from, int least) {
    int size = 1 << (BITS * level);
    int last = from + size - 1;
    if (last < least || from > CodePoints.LAST) {
      return NONE;
    }
    int range = alphabet.range(from);
    if (from >= least && alphabet.last(range) >= last && last <= CodePoints.LAST) {
      return uniform(level, alphabet.letter(range));
    }
    Runs runs = new Runs();
    runs.add(FIRST_CONTINUATION - 1, NONE);
    int each = size / CONTINUATIONS;
    for (int i = 0; i < CONTINUATIONS; i++) {
      int at = from + i * each;
      int value =
          level > 1
              ? node(level - 1, at, least)
              : at > CodePoints.LAST ? NONE : alphabet.letter(alphabet.range(at));
      runs.add(FIRST_CONTINUATION + i, value);
    }
    runs.add(LAST_BYTE, NONE);
    return number(level, runs.ended());
  }

  private int uniform(int level, int letter) {
    if (letter == Alphabet.NO_LETTER) {
      return NONE;
    }
    long key = ((long) level << Integer.SIZE) | letter;
    Integer known = uniform.get(key);
    if (known == null) {
      int value = level > 1 ? uniform(level - 1, letter) : letter;
      Runs runs = new Runs();
      runs.add(FIRST_CONTINUATION - 1, NONE);
      runs.add(FIRST_CONTINUATION + CONTINUATIONS - 1, value);
      runs.add(LAST_BYTE, NONE);
      known = number(level, runs.ended());
      uniform.put(key, known);
    }
    return known;
  }

  private int number(int level, int[] runs) {
    Key key = new Key(level, new IntKey(runs));
    return numbers.computeIfAbsent(
        key,
        ignored -> {
          nodes.add(runs);
          levels.add(level);
          return nodes.size() - 1;
        });
  }

  /**
   * Where the first byte of a character leads: the last byte of each run, and its letter up to
   * ASCII's last byte, its node from there on.
   */
  int[] root() {
    return root;
  }

  /** Whether a run of the root that ends with a byte leads to a letter. */
  static boolean isLetter(int lastByte) {
    return lastByte <= LAST_ASCII;
  }

  /** Runs of a node: the last byte of each, and where it leads. */
  int[] node(int number) {
    return nodes.get(number);
  }

  /** Whether the bytes of a node are the last of their characters. */
  boolean isLast(int number) {
    return levels.get(number) == 1;
  }

  int size() {
    return nodes.size();
  }

  /** Runs of bytes, joined where they lead to the same. */
  static final class Runs {

    private int[] runs = new int[16];
    private int size;

    /** Adds a run that ends with a byte. */
    void add(int lastByte, int value) {
      // What the first bytes of characters mean changes behind ASCII.
      if (size > 0 && runs[size - 1] == value && runs[size - 2] != LAST_ASCII) {
        runs[size - 2] = lastByte;
        return;
      }
      if (size == runs.length) {
        runs = Arrays.copyOf(runs, 2 * size);
      }
      runs[size++] = lastByte;
      runs[size++] = value;
    }

    int[] ended() {
      return Arrays.copyOf(runs, size);
    }
  }
}
