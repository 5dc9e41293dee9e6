package dev.tsuku.llm.grammar.regex;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The transitions of an automaton without a way round, of which most states have few: made of texts
 * that may be long, in time and room that grow with their length alone. State 0 is the start.
 */
final class SparseTable {

  private static final int BYTES = 256;
  private static final int NONE = -1;
  private static final int CONTINUATION_MASK = 0xc0;
  private static final int CONTINUATION = 0x80;

  /** Of texts; the automaton of their substrings has at most twice as many states. */
  static final int MOST_BYTES = 512 << 10;

  /** Of one that is made of two. */
  private static final int MOST_PAIRS = 500_000;

  /** First edge of each state. */
  private int[] first = new int[16];

  /** How long the longest way to a state is: every edge leads to a greater one. */
  private int[] depth = new int[16];

  private int states;

  private byte[] labels = new byte[16];
  private int[] targets = new int[16];

  /** The next edge of the same state. */
  private int[] following = new int[16];

  private int edges;

  final BitSet accepting = new BitSet();

  private SparseTable() {
    add(0);
  }

  /** These texts and no others. */
  static SparseTable words(Collection<String> texts) {
    SparseTable table = new SparseTable();
    for (byte[] text : bytes(texts)) {
      int state = 0;
      for (byte b : text) {
        int target = table.next(state, b & (BYTES - 1));
        if (target < 0) {
          target = table.add(table.depth[state] + 1);
          table.connect(state, b, target);
        }
        state = target;
      }
      table.accepting.set(state);
    }
    return table;
  }

  /**
   * Whatever occurs in one of the texts and is not empty, in whole characters: their suffix
   * automaton (Blumer and others, 1985), made in time that is linear in their length.
   */
  static SparseTable substrings(Collection<String> texts) {
    SparseTable table = parts(bytes(texts));
    // The bytes inside of a character begin nothing.
    int[] kept = new int[BYTES];
    int count = 0;
    for (int edge = table.first[0]; edge != NONE; edge = table.following[edge]) {
      if (!isContinuation(table.labels[edge])) {
        kept[count++] = edge;
      }
    }
    table.first[0] = NONE;
    for (int i = 0; i < count; i++) {
      table.following[kept[i]] = table.first[0];
      table.first[0] = kept[i];
    }
    for (int state = 1; state < table.states; state++) {
      // All that leads to a state is followed by the same bytes: it ends inside of a character, or
      // none of it does.
      int edge = table.first[state];
      table.accepting.set(state, edge == NONE || !isContinuation(table.labels[edge]));
    }
    return table;
  }

  /** Whatever occurs in one of the texts: their suffix automaton. No state is accepting. */
  static SparseTable parts(List<byte[]> texts) {
    SparseTable table = new SparseTable();
    int[] links = new int[2 * texts.stream().mapToInt(text -> text.length).sum() + 1];
    links[0] = NONE;
    for (byte[] text : texts) {
      int last = 0;
      for (byte b : text) {
        last = table.extend(last, b, links);
      }
    }
    return table;
  }

  /** Nothing yet: a start, and no way on. */
  static SparseTable empty() {
    return new SparseTable();
  }

  private static List<byte[]> bytes(Collection<String> texts) {
    List<byte[]> all = texts.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    long sum = all.stream().mapToLong(text -> text.length).sum();
    if (sum > MOST_BYTES) {
      throw new RegexException("the texts have " + sum + " bytes; the most are " + MOST_BYTES);
    }
    return all;
  }

  private static boolean isContinuation(byte b) {
    return (b & CONTINUATION_MASK) == CONTINUATION;
  }

  /** What is in both automata, which may have a way round in the other one. */
  static SparseTable both(Dfa sparse, SparseTable table, Dfa other) {
    SparseTable pairs = new SparseTable();
    if (sparse.isEmpty() || other.isEmpty()) {
      return pairs;
    }
    Map<Long, Integer> numbers = new HashMap<>();
    long[] open = new long[16];
    numbers.put(0L, 0);
    for (int at = 0; at < pairs.states; at++) {
      int mine = (int) (open[at] >> Integer.SIZE);
      int its = (int) open[at];
      pairs.accepting.set(at, sparse.accepts(mine) && other.accepts(its));
      for (int edge = table.first[mine]; edge != NONE; edge = table.following[edge]) {
        int b = table.labels[edge] & (BYTES - 1);
        int target = sparse.next(mine, b);
        int itsTarget = other.next(its, b);
        if (target < 0 || itsTarget < 0) {
          continue;
        }
        long key = ((long) target << Integer.SIZE) | itsTarget;
        Integer number = numbers.get(key);
        if (number == null) {
          if (pairs.states == MOST_PAIRS) {
            throw new RegexException("what is asked for of the texts is too complex");
          }
          number = pairs.add(table.depth[target]);
          numbers.put(key, number);
          if (number >= open.length) {
            open = Arrays.copyOf(open, 2 * open.length);
          }
          open[number] = key;
        }
        pairs.connect(at, table.labels[edge], number);
      }
    }
    return pairs;
  }

  private int extend(int last, byte b, int[] links) {
    int there = next(last, b & (BYTES - 1));
    if (there >= 0 && depth[there] == depth[last] + 1) {
      return there;
    }
    if (there >= 0) {
      return split(last, b, there, links);
    }
    int state = add(depth[last] + 1);
    int at = last;
    while (at != NONE && next(at, b & (BYTES - 1)) < 0) {
      connect(at, b, state);
      at = links[at];
    }
    if (at == NONE) {
      links[state] = 0;
      return state;
    }
    int target = next(at, b & (BYTES - 1));
    links[state] = depth[target] == depth[at] + 1 ? target : split(at, b, target, links);
    return state;
  }

  /** A state of its own for what leads from one to another only by shorter ways. */
  private int split(int from, byte b, int target, int[] links) {
    int copy = add(depth[from] + 1);
    for (int edge = first[target]; edge != NONE; edge = following[edge]) {
      connect(copy, labels[edge], targets[edge]);
    }
    links[copy] = links[target];
    links[target] = copy;
    int at = from;
    while (at != NONE) {
      int edge = edge(at, b);
      if (edge == NONE || targets[edge] != target) {
        break;
      }
      targets[edge] = copy;
      at = links[at];
    }
    return copy;
  }

  /**
   * Adds a state without ways on.
   *
   * @param length less than that of every state it is to lead to
   */
  int add(int length) {
    if (states == first.length) {
      first = Arrays.copyOf(first, 2 * states);
      depth = Arrays.copyOf(depth, 2 * states);
    }
    first[states] = NONE;
    depth[states] = length;
    return states++;
  }

  void connect(int from, byte b, int to) {
    if (edges == targets.length) {
      labels = Arrays.copyOf(labels, 2 * edges);
      targets = Arrays.copyOf(targets, 2 * edges);
      following = Arrays.copyOf(following, 2 * edges);
    }
    labels[edges] = b;
    targets[edges] = to;
    following[edges] = first[from];
    first[from] = edges++;
  }

  private int edge(int state, byte b) {
    int edge = first[state];
    while (edge != NONE && labels[edge] != b) {
      edge = following[edge];
    }
    return edge;
  }

  int states() {
    return states;
  }

  /** How long the longest way to a state is. */
  int depth(int state) {
    return depth[state];
  }

  /** An edge of a state, to go on with {@link #edgeAfter}; negative for none. */
  int firstEdge(int state) {
    return first[state];
  }

  int edgeAfter(int edge) {
    return following[edge];
  }

  int label(int edge) {
    return labels[edge] & (BYTES - 1);
  }

  int target(int edge) {
    return targets[edge];
  }

  /** Where a byte leads; {@link Dfa#DEAD} for nowhere. */
  int next(int state, int b) {
    int edge = edge(state, (byte) b);
    return edge == NONE ? Dfa.DEAD : targets[edge];
  }

  /**
   * How many characters may follow each state before its text is complete.
   *
   * @param most whether the most are meant, or the least
   * @return {@link Dfa#UNBOUNDED} for the least, and 0 for the most, where none can be completed
   */
  int[] chars(boolean most) {
    int[] chars = new int[states];
    boolean[] isOpen = new boolean[states];
    for (int state : deepestFirst()) {
      int found = accepting.get(state) ? 0 : NONE;
      for (int edge = first[state]; edge != NONE; edge = following[edge]) {
        int target = targets[edge];
        if (isOpen[target]) {
          int count = chars[target] + (isContinuation(labels[edge]) ? 0 : 1);
          found = found == NONE ? count : most ? Math.max(found, count) : Math.min(found, count);
        }
      }
      isOpen[state] = found != NONE;
      chars[state] = found == NONE ? (most ? 0 : Dfa.UNBOUNDED) : found;
    }
    return chars;
  }

  private int[] deepestFirst() {
    int deepest = Arrays.stream(depth, 0, states).max().orElseThrow();
    int[] starts = new int[deepest + 2];
    for (int state = 0; state < states; state++) {
      starts[deepest - depth[state] + 1]++;
    }
    for (int i = 1; i < starts.length; i++) {
      starts[i] += starts[i - 1];
    }
    int[] order = new int[states];
    for (int state = 0; state < states; state++) {
      order[starts[deepest - depth[state]]++] = state;
    }
    return order;
  }
}
