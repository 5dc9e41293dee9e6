package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where bytes lead from each state of an automaton. Many bytes lead everywhere to the same states;
 * they share a column.
 */
final class ByteTable {

  static final int BYTES = 256;

  private static final int CONTINUATION_MASK = 0xc0;
  private static final int CONTINUATION = 0x80;

  /** Which column is a byte's. */
  private final int[] columns;

  private final int width;
  private final int states;
  private final int[] next;

  /** Whether a column's bytes begin a character. */
  private final boolean[] begins;

  /** How many characters each state is from an accepting one; and at most. */
  private final int[] least;

  private final int[] most;

  private ByteTable(int[] columns, int width, int[] next, BitSet accepting) {
    this.columns = columns;
    this.width = width;
    this.next = next;
    this.states = next.length / width;
    this.begins = new boolean[width];
    for (int b = 0; b < BYTES; b++) {
      begins[columns[b]] = isFirstOfChar(b);
    }
    Edges edges = new Edges();
    this.least = edges.shortest(accepting);
    for (int i = 0; i < next.length; i++) {
      next[i] = next[i] >= 0 && least[next[i]] == Dfa.UNBOUNDED ? Dfa.DEAD : next[i];
    }
    this.most = new Edges().longest();
  }

  static boolean isFirstOfChar(int b) {
    return (b & CONTINUATION_MASK) != CONTINUATION;
  }

  /** Of rows, each of which gives the last byte of each run of bytes, and where these lead. */
  static ByteTable ofRuns(List<int[]> rows, BitSet accepting) {
    BitSet cuts = new BitSet(BYTES + 1);
    cuts.set(CONTINUATION);
    cuts.set(CONTINUATION_MASK);
    cuts.set(BYTES);
    for (int[] row : rows) {
      for (int i = 0; i < row.length; i += 2) {
        cuts.set(row[i] + 1);
      }
    }
    int[] ends = cuts.stream().toArray();
    int[] wide = new int[rows.size() * ends.length];
    for (int state = 0; state < rows.size(); state++) {
      int[] row = rows.get(state);
      int run = 0;
      for (int i = 0; i < ends.length; i++) {
        while (row[run] < ends[i] - 1) {
          run += 2;
        }
        wide[state * ends.length + i] = row[run + 1];
      }
    }
    int[] columns = new int[BYTES];
    for (int b = 0, i = 0; b < BYTES; b++) {
      i += b == ends[i] ? 1 : 0;
      columns[b] = i;
    }
    return joined(columns, ends.length, wide, accepting);
  }

  /** Of rows that have a value for each byte. */
  static ByteTable ofRows(List<int[]> rows, BitSet accepting) {
    int[] wide = new int[rows.size() * BYTES];
    int[] columns = new int[BYTES];
    for (int state = 0; state < rows.size(); state++) {
      System.arraycopy(rows.get(state), 0, wide, state * BYTES, BYTES);
    }
    Arrays.setAll(columns, b -> b);
    return joined(columns, BYTES, wide, accepting);
  }

  /** Of a table in which several columns may be alike. */
  static ByteTable joined(int[] columns, int width, int[] wide, BitSet accepting) {
    int states = wide.length / width;
    boolean[] begin = new boolean[width];
    for (int b = 0; b < BYTES; b++) {
      begin[columns[b]] = isFirstOfChar(b);
    }
    int[] number = new int[width];
    int[] kept = new int[width];
    int count = 0;
    Map<Integer, List<Integer>> alike = new HashMap<>();
    for (int column = 0; column < width; column++) {
      int hash = begin[column] ? 1 : 2;
      for (int i = column; i < wide.length; i += width) {
        hash = 31 * hash + wide[i];
      }
      List<Integer> known = alike.computeIfAbsent(hash, key -> new ArrayList<>(1));
      number[column] = -1;
      for (int other : known) {
        if (begin[other] == begin[column] && isSame(wide, width, other, column)) {
          number[column] = number[other];
          break;
        }
      }
      if (number[column] < 0) {
        known.add(column);
        kept[count] = column;
        number[column] = count++;
      }
    }
    int[] next = new int[states * count];
    for (int state = 0; state < states; state++) {
      for (int column = 0; column < count; column++) {
        next[state * count + column] = wide[state * width + kept[column]];
      }
    }
    int[] joined = new int[BYTES];
    Arrays.setAll(joined, b -> number[columns[b]]);
    return new ByteTable(joined, count, next, accepting);
  }

  private static boolean isSame(int[] wide, int width, int one, int other) {
    for (int i = 0; i < wide.length; i += width) {
      if (wide[i + one] != wide[i + other]) {
        return false;
      }
    }
    return true;
  }

  int next(int state, int b) {
    return next[state * width + columns[b]];
  }

  int states() {
    return states;
  }

  int column(int b) {
    return columns[b];
  }

  /** For each state, how many characters are missing at least; unbounded where it is dead. */
  int[] least() {
    return least;
  }

  /** For each state, how many characters may follow; unbounded where there is a way round. */
  int[] most() {
    return most;
  }

  /** The transitions, from their targets. */
  private final class Edges {

    /** Where the edges to each state begin in {@link #sources}. */
    private final int[] first = new int[states + 1];

    /** Twice the source, and one more where a character begins. */
    private final int[] sources;

    Edges() {
      for (int target : next) {
        if (target >= 0) {
          first[target + 1]++;
        }
      }
      for (int i = 1; i <= states; i++) {
        first[i] += first[i - 1];
      }
      sources = new int[first[states]];
      int[] filled = first.clone();
      for (int i = 0; i < next.length; i++) {
        if (next[i] >= 0) {
          sources[filled[next[i]]++] = 2 * (i / width) + (begins[i % width] ? 1 : 0);
        }
      }
    }

    int[] shortest(BitSet accepting) {
      int[] distance = new int[states];
      Arrays.fill(distance, Dfa.UNBOUNDED);
      int[] open = accepting.stream().toArray();
      for (int state : open) {
        distance[state] = 0;
      }
      int count = open.length;
      open = Arrays.copyOf(open, Math.max(16, count));
      for (int length = 0; count > 0; length++) {
        int[] later = new int[16];
        int laterCount = 0;
        while (count > 0) {
          int state = open[--count];
          if (distance[state] != length) {
            continue;
          }
          for (int i = first[state]; i < first[state + 1]; i++) {
            int source = sources[i] >> 1;
            int weight = sources[i] & 1;
            if (length + weight < distance[source]) {
              distance[source] = length + weight;
              if (weight == 0) {
                open = count == open.length ? Arrays.copyOf(open, 2 * count) : open;
                open[count++] = source;
              } else {
                later = laterCount == later.length ? Arrays.copyOf(later, 2 * laterCount) : later;
                later[laterCount++] = source;
              }
            }
          }
        }
        open = later;
        count = laterCount;
      }
      return distance;
    }

    int[] longest() {
      int[] longest = new int[states];
      int[] best = new int[states];
      int[] left = new int[states];
      int[] open = new int[states];
      int count = 0;
      for (int i = 0; i < next.length; i++) {
        left[i / width] += next[i] >= 0 ? 1 : 0;
      }
      Arrays.fill(longest, Dfa.UNBOUNDED);
      for (int state = 0; state < states; state++) {
        if (left[state] == 0) {
          open[count++] = state;
        }
      }
      while (count > 0) {
        int state = open[--count];
        longest[state] = best[state];
        for (int i = first[state]; i < first[state + 1]; i++) {
          int source = sources[i] >> 1;
          best[source] = Math.max(best[source], longest[state] + (sources[i] & 1));
          if (--left[source] == 0) {
            open[count++] = source;
          }
        }
      }
      return longest;
    }
  }
}
