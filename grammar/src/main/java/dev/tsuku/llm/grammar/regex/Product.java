package dev.tsuku.llm.grammar.regex;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Two automata followed side by side, as one: what is in both, or in one and not in the other. */
final class Product {

  private final Map<Long, Integer> numbers = new HashMap<>();
  private long[] pairs = new long[64];
  private final BitSet accepting = new BitSet();
  private final ByteTable table;

  /**
   * Follows them.
   *
   * @param minus whether what is in the other one is left out
   * @throws RegexException if there would be too many states
   */
  Product(Dfa one, Dfa other, boolean minus) {
    // Bytes that lead to the same in both share a column here, too.
    int[] columns = new int[ByteTable.BYTES];
    int[] bytes = new int[ByteTable.BYTES];
    Map<Long, Integer> known = new HashMap<>();
    for (int b = 0; b < columns.length; b++) {
      Integer column = known.putIfAbsent(Dfa.key(one.column(b), other.column(b)), known.size());
      columns[b] = column == null ? known.size() - 1 : column;
      bytes[columns[b]] = b;
    }
    int width = known.size();
    int[] next = new int[16 * width];
    if (!one.isEmpty() && (minus || !other.isEmpty())) {
      number(one.start(), other.start());
    }
    for (int state = 0; state < numbers.size(); state++) {
      int mine = (int) (pairs[state] >> Integer.SIZE);
      int its = (int) pairs[state];
      accepting.set(state, one.accepts(mine) && minus != (its >= 0 && other.accepts(its)));
      if ((state + 1) * width > next.length) {
        next = Arrays.copyOf(next, 2 * next.length);
      }
      for (int column = 0; column < width; column++) {
        int to = one.next(mine, bytes[column]);
        int itsTo = its < 0 ? Dfa.DEAD : other.next(its, bytes[column]);
        next[state * width + column] =
            to < 0 || (!minus && itsTo < 0) ? Dfa.DEAD : number(to, itsTo);
      }
    }
    this.table =
        ByteTable.joined(columns, width, Arrays.copyOf(next, numbers.size() * width), accepting);
  }

  private int number(int mine, int its) {
    long pair = Dfa.key(mine, its);
    Integer known = numbers.get(pair);
    if (known != null) {
      return known;
    }
    int number = numbers.size();
    if (number == Dfa.MOST_STATES) {
      throw Dfa.tooComplex();
    }
    if (number == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * number);
    }
    pairs[number] = pair;
    numbers.put(pair, number);
    return number;
  }

  ByteTable table() {
    return table;
  }

  BitSet accepting() {
    return accepting;
  }

  int states() {
    return numbers.size();
  }
}
