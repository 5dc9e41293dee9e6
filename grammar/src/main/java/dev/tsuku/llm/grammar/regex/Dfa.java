package dev.tsuku.llm.grammar.regex;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A set of texts as an automaton over the bytes of their UTF-8, in which every state has a way to
 * an accepting one: a text that cannot be continued to one of the set is left at once.
 */
public final class Dfa {

  /** No state: the text so far begins none of the set. */
  public static final int DEAD = -1;

  /** A length without bound. */
  public static final int UNBOUNDED = Integer.MAX_VALUE;

  private static final int BYTES = 256;
  private static final int MOST_STATES = 20_000;

  /** As many with few ways on take as much room as one with a table of its own. */
  private static final int SPARSE_STATES = 32;

  /** Steps of building; some ten milliseconds. */
  private static final int MOST_WORK = 4_000_000;

  private static final int CONTINUATION_MASK = 0xc0;
  private static final int CONTINUATION = 0x80;
  private static final byte NOT_ALL = 1;
  private static final byte ALL = 2;

  /** All texts. */
  public static final Dfa ANY = search("");

  /** Which column of {@link #next} is a byte's: many bytes lead everywhere to the same states. */
  private final int[] columns;

  private final int width;
  private final int[] next;
  private final BitSet accepting;
  private final int[] leastChars;
  private final int[] mostChars;
  private final boolean empty;
  private final int cost;

  /**
   * For each state, whether all texts may follow: 0 where nobody has asked yet. Threads that ask at
   * the same time find the same, so a race costs no more than finding it twice.
   */
  private final byte[] anyFrom;

  /** Instead of {@link #next}, where most states have few ways on. */
  private final @Nullable SparseTable sparse;

  /** Whether all that leads somewhere in whole characters is a text of the set. */
  private final boolean isOfParts;

  private Dfa(SparseTable table) {
    this.sparse = table;
    this.cost = table.states();
    this.accepting = table.accepting;
    this.leastChars = table.chars(false);
    this.mostChars = table.chars(true);
    this.empty = leastChars[0] == UNBOUNDED;
    this.isOfParts = Arrays.stream(leastChars).skip(1).allMatch(count -> count == 0);
    this.columns = new int[0];
    this.width = 0;
    this.next = new int[0];
    this.anyFrom = new byte[table.states()];
  }

  private Dfa(List<int[]> rows, BitSet accepting, int cost) {
    this.sparse = null;
    this.isOfParts = false;
    this.cost = cost;
    int[] bytes = distances(rows, accepting, false);
    this.empty = rows.isEmpty() || bytes[0] == UNBOUNDED;
    this.accepting = accepting;
    this.leastChars = distances(rows, accepting, true);
    for (int[] row : rows) {
      for (int b = 0; b < BYTES; b++) {
        row[b] = row[b] >= 0 && bytes[row[b]] == UNBOUNDED ? DEAD : row[b];
      }
    }
    this.columns = columns(rows);
    this.width = Arrays.stream(columns).max().orElseThrow() + 1;
    this.next = new int[rows.size() * width];
    for (int state = 0; state < rows.size(); state++) {
      for (int b = 0; b < BYTES; b++) {
        next[state * width + columns[b]] = rows.get(state)[b];
      }
    }
    this.mostChars = longest(rows.size());
    this.anyFrom = new byte[rows.size()];
  }

  private static int[] columns(List<int[]> rows) {
    int[] columns = new int[BYTES];
    Map<Integer, List<int[]>> known = new HashMap<>();
    int count = 0;
    for (int b = 0; b < BYTES; b++) {
      // Its targets, and behind them its number.
      int[] column = new int[rows.size() + 1];
      for (int state = 0; state < rows.size(); state++) {
        column[state] = rows.get(state)[b];
      }
      List<int[]> alike = known.computeIfAbsent(Arrays.hashCode(column), key -> new ArrayList<>());
      int number = count;
      for (int[] other : alike) {
        if (Arrays.equals(column, 0, rows.size(), other, 0, rows.size())) {
          number = other[rows.size()];
          break;
        }
      }
      if (number == count) {
        count++;
        column[rows.size()] = number;
        alike.add(column);
      }
      columns[b] = number;
    }
    return columns;
  }

  /**
   * The texts that a pattern occurs in, as the keyword {@code pattern} has it.
   *
   * @throws RegexException if it is no pattern, not supported or too complex
   */
  public static Dfa search(String pattern) {
    return determinize(Nfa.search(RegexParser.parse(pattern)));
  }

  /** The texts that are the whole of what a pattern matches. */
  public static Dfa whole(String pattern) {
    return search("^(?:" + pattern + ")$");
  }

  /** These texts and no others. */
  public static Dfa words(Collection<String> texts) {
    List<int[]> rows = new ArrayList<>();
    BitSet accepting = new BitSet();
    rows.add(deadRow());
    for (String text : texts) {
      int state = 0;
      for (byte signed : text.getBytes(StandardCharsets.UTF_8)) {
        int b = signed & (BYTES - 1);
        if (rows.get(state)[b] < 0) {
          if (rows.size() == MOST_STATES) {
            throw new RegexException(
                texts.size()
                    + " texts of "
                    + texts.stream()
                        .mapToLong(it -> it.getBytes(StandardCharsets.UTF_8).length)
                        .sum()
                    + " bytes together need more than "
                    + MOST_STATES
                    + " states");
          }
          rows.get(state)[b] = rows.size();
          rows.add(deadRow());
        }
        state = rows.get(state)[b];
      }
      accepting.set(state);
    }
    return new Dfa(rows, accepting, rows.size());
  }

  /**
   * These texts and no others, where there may be many.
   *
   * @throws RegexException if they are too long, all together
   */
  public static Dfa manyWords(Collection<String> texts) {
    return new Dfa(SparseTable.words(texts));
  }

  /**
   * What occurs in one of these texts, except for the empty one.
   *
   * @throws RegexException if they are too long, all together
   */
  public static Dfa substrings(Collection<String> texts) {
    return new Dfa(SparseTable.substrings(texts));
  }

  /**
   * The stretches of these texts that begin and end with a word.
   *
   * @param ignoresCase whether the first letter of a word may be of either case, and all others
   *     also be small
   * @param maxWords how many words a stretch may have; 0 for any number
   * @throws RegexException if they are too long, all together
   */
  public static Dfa wordSpans(Collection<String> texts, boolean ignoresCase, int maxWords) {
    return new Dfa(WordSpans.of(texts, ignoresCase, maxWords));
  }

  private static int[] deadRow() {
    int[] row = new int[BYTES];
    Arrays.fill(row, DEAD);
    return row;
  }

  private static Dfa determinize(Nfa nfa) {
    Map<List<Integer>, Integer> numbers = new HashMap<>();
    Deque<List<Integer>> open = new ArrayDeque<>();
    List<int[]> rows = new ArrayList<>();
    BitSet accepting = new BitSet();
    Closure closure = new Closure(nfa);
    List<Integer> first = closure.of(List.of(nfa.start()), true, false);
    numbers.put(first, 0);
    open.add(first);
    while (!open.isEmpty()) {
      List<Integer> places = open.remove();
      int state = rows.size();
      boolean isStart = state == 0;
      accepting.set(state, closure.of(places, isStart, true).contains(nfa.end()));
      int[] row = deadRow();
      rows.add(row);
      List<Nfa.Way> ways = new ArrayList<>();
      BitSet cuts = new BitSet(BYTES + 1);
      for (int place : places) {
        for (Nfa.Way way : nfa.ways(place)) {
          ways.add(way);
          cuts.set(way.first());
          cuts.set(way.last() + 1);
        }
      }
      for (int from = cuts.nextSetBit(0); from >= 0 && from < BYTES; ) {
        int to = cuts.nextSetBit(from + 1);
        if (to < 0) {
          break;
        }
        List<Integer> targets = new ArrayList<>();
        for (Nfa.Way way : ways) {
          if (way.first() <= from && from <= way.last()) {
            targets.add(way.target());
          }
        }
        closure.work(ways.size());
        if (!targets.isEmpty()) {
          List<Integer> reached = closure.of(targets, false, false);
          Integer known = numbers.get(reached);
          if (known == null) {
            if (numbers.size() == MOST_STATES) {
              throw tooComplex();
            }
            known = numbers.size();
            numbers.put(reached, known);
            open.add(reached);
          }
          Arrays.fill(row, from, to, known);
        }
        from = to;
      }
    }
    return new Dfa(rows, accepting, closure.work);
  }

  private static RegexException tooComplex() {
    return new RegexException(
        "it is too complex: its automaton would need more than " + MOST_STATES + " states");
  }

  /** Follows ways that need no byte. */
  private static final class Closure {

    private final Nfa nfa;
    private int work;

    Closure(Nfa nfa) {
      this.nfa = nfa;
    }

    void work(int steps) {
      work += steps;
      if (work > MOST_WORK) {
        throw new RegexException(
            "it is too complex: its automaton takes more than " + MOST_WORK + " steps to make");
      }
    }

    List<Integer> of(List<Integer> places, boolean atStart, boolean atEnd) {
      BitSet found = new BitSet();
      Deque<Integer> open = new ArrayDeque<>();
      for (int place : places) {
        visit(place, found, open);
      }
      while (!open.isEmpty()) {
        int place = open.remove();
        nfa.free(place).forEach(target -> visit(target, found, open));
        if (atStart) {
          nfa.atStart(place).forEach(target -> visit(target, found, open));
        }
        if (atEnd) {
          nfa.atEnd(place).forEach(target -> visit(target, found, open));
        }
      }
      return found.stream().boxed().toList();
    }

    private void visit(int place, BitSet found, Deque<Integer> open) {
      if (!found.get(place)) {
        found.set(place);
        open.add(place);
        work(1);
      }
    }
  }

  /** The texts that are in both sets. */
  public Dfa and(Dfa other) {
    if (sparse != null) {
      return new Dfa(SparseTable.both(this, sparse, other));
    }
    if (other.sparse != null) {
      return other.and(this);
    }
    return combine(other, false);
  }

  /** The texts that are not in the other set. */
  public Dfa minus(Dfa other) {
    return combine(other, true);
  }

  private Dfa combine(Dfa other, boolean minus) {
    Map<Long, Integer> numbers = new HashMap<>();
    Deque<long[]> open = new ArrayDeque<>();
    List<int[]> rows = new ArrayList<>();
    BitSet both = new BitSet();
    if (!empty && (minus || !other.empty)) {
      numbers.put(key(0, other.empty ? DEAD : 0), 0);
      open.add(new long[] {0, other.empty ? DEAD : 0});
    }
    while (!open.isEmpty()) {
      long[] pair = open.remove();
      int mine = (int) pair[0];
      int its = (int) pair[1];
      both.set(
          rows.size(), accepting.get(mine) && (minus != (its >= 0 && other.accepting.get(its))));
      int[] row = new int[BYTES];
      rows.add(row);
      for (int b = 0; b < BYTES; b++) {
        int to = next(mine, b);
        int itsTo = its < 0 ? DEAD : other.next(its, b);
        if (to < 0 || (!minus && itsTo < 0)) {
          row[b] = DEAD;
          continue;
        }
        Integer known = numbers.get(key(to, itsTo));
        if (known == null) {
          if (numbers.size() == MOST_STATES) {
            throw tooComplex();
          }
          known = numbers.size();
          numbers.put(key(to, itsTo), known);
          open.add(new long[] {to, itsTo});
        }
        row[b] = known;
      }
    }
    return new Dfa(rows, both, rows.size());
  }

  private static long key(int mine, int its) {
    return ((long) mine << Integer.SIZE) | (its & 0xffffffffL);
  }

  /** How far each state is from accepting: in characters, or in bytes. */
  private static int[] distances(List<int[]> rows, BitSet accepting, boolean inChars) {
    List<List<Integer>> before = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      before.add(new ArrayList<>());
    }
    for (int state = 0; state < rows.size(); state++) {
      int last = DEAD;
      for (int b = 0; b < BYTES; b++) {
        int target = rows.get(state)[b];
        boolean counts = !inChars || isFirstOfChar(b);
        int edge = target < 0 ? DEAD : (state << 1) | (counts ? 1 : 0);
        if (target >= 0 && (b == 0 || target != last || b == CONTINUATION || b == 0xc0)) {
          before.get(target).add(edge);
        }
        last = target;
      }
    }
    int[] distance = new int[rows.size()];
    Arrays.fill(distance, UNBOUNDED);
    Deque<Integer> open = new ArrayDeque<>();
    accepting.stream()
        .forEach(
            state -> {
              distance[state] = 0;
              open.add(state);
            });
    while (!open.isEmpty()) {
      int state = open.remove();
      for (int edge : before.get(state)) {
        int source = edge >> 1;
        int length = distance[state] + (edge & 1);
        if (length < distance[source]) {
          distance[source] = length;
          if ((edge & 1) == 0) {
            open.addFirst(source);
          } else {
            open.addLast(source);
          }
        }
      }
    }
    return distance;
  }

  private static boolean isFirstOfChar(int b) {
    return (b & CONTINUATION_MASK) != CONTINUATION;
  }

  /** Most characters behind each state; unbounded where there is a way round. */
  private int[] longest(int states) {
    int[] most = new int[states];
    int[] left = new int[states];
    List<List<Integer>> before = new ArrayList<>();
    for (int i = 0; i < states; i++) {
      before.add(new ArrayList<>());
    }
    for (int state = 0; state < states; state++) {
      int last = DEAD;
      for (int b = 0; b < BYTES; b++) {
        int target = next(state, b);
        if (target >= 0 && (target != last || b == CONTINUATION || b == 0xc0)) {
          before.get(target).add((state << 1) | (isFirstOfChar(b) ? 1 : 0));
          left[state]++;
        }
        last = target;
      }
    }
    Arrays.fill(most, UNBOUNDED);
    int[] best = new int[states];
    Deque<Integer> open = new ArrayDeque<>();
    for (int state = 0; state < states; state++) {
      if (left[state] == 0) {
        open.add(state);
      }
    }
    while (!open.isEmpty()) {
      int state = open.remove();
      most[state] = best[state];
      for (int edge : before.get(state)) {
        int source = edge >> 1;
        best[source] = Math.max(best[source], most[state] + (edge & 1));
        if (--left[source] == 0) {
          open.add(source);
        }
      }
    }
    return most;
  }

  /** How many steps it took to make it; some ten million are a second. */
  public int cost() {
    return cost;
  }

  /** How many states it has. */
  public int states() {
    return leastChars.length;
  }

  /** What it takes of what all automata of a schema may take. */
  public int weight() {
    return sparse == null ? states() : states() / SPARSE_STATES + 1;
  }

  /** Whether there is no text in the set. */
  public boolean isEmpty() {
    return empty;
  }

  /** Where every text begins; {@link #DEAD} if there is none. */
  public int start() {
    return empty ? DEAD : 0;
  }

  /**
   * Where a byte leads.
   *
   * @param b 0 to 255
   * @return {@link #DEAD} if no text of the set goes on like this
   */
  public int next(int state, int b) {
    if (sparse != null) {
      int target = sparse.next(state, b);
      return target == DEAD || leastChars[target] == UNBOUNDED ? DEAD : target;
    }
    return next[state * width + columns[b]];
  }

  /** Whether what led here is a text of the set. */
  public boolean accepts(int state) {
    return accepting.get(state);
  }

  /** Whether every text may follow, and the whole is in the set wherever it ends. */
  public boolean isAnyFrom(int state) {
    if (this == ANY) {
      return state == 0;
    }
    if (anyFrom[state] == 0) {
      anyFrom[state] = accepts(state) && includesAll(state) ? ALL : NOT_ALL;
    }
    return anyFrom[state] == ALL;
  }

  private boolean includesAll(int state) {
    Set<Long> seen = new HashSet<>();
    Deque<int[]> open = new ArrayDeque<>();
    open.add(new int[] {state, ANY.start()});
    while (!open.isEmpty()) {
      int[] pair = open.remove();
      for (int b = 0; b < BYTES; b++) {
        int anyTo = ANY.next(pair[1], b);
        int to = anyTo < 0 ? DEAD : next(pair[0], b);
        if (anyTo >= 0 && (to < 0 || (ANY.accepts(anyTo) && !accepts(to)))) {
          return false;
        }
        if (anyTo >= 0 && seen.add(key(to, anyTo))) {
          open.add(new int[] {to, anyTo});
        }
      }
    }
    return true;
  }

  /** How many characters are missing at least. */
  public int leastChars(int state) {
    return leastChars[state];
  }

  /** How many characters may follow at most, or {@link #UNBOUNDED}. */
  public int mostChars(int state) {
    return mostChars[state];
  }

  /** Whether a whole text is in the set. */
  public boolean matches(byte[] text) {
    int state = start();
    for (int i = 0; i < text.length && state != DEAD; i++) {
      state = next(state, text[i] & (BYTES - 1));
    }
    return state != DEAD && accepts(state);
  }

  /** The shortest way to a text of the set; null if there is none. */
  private byte @Nullable [] shortest(int from) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    int state = from;
    while (!accepts(state)) {
      int chosen = -1;
      for (int i = 0; i < BYTES && chosen < 0; i++) {
        // Letters first, so that what is made up is readable.
        int b = (i + 'a') & (BYTES - 1);
        int target = next(state, b);
        int missing = leastChars(state) - (isFirstOfChar(b) ? 1 : 0);
        if (target >= 0 && leastChars(target) == missing) {
          chosen = b;
        }
      }
      if (chosen < 0) {
        return null;
      }
      text.write(chosen);
      state = next(state, chosen);
    }
    return text.toByteArray();
  }

  /**
   * The shortest way to a text of the set, of those that make the text's length one that is wanted.
   *
   * @param least fewest characters that are missing
   * @param most the most of them, or {@link #UNBOUNDED}
   * @return null if there is none, or none can be found within bounds
   */
  public byte @Nullable [] shortest(int state, int least, int most) {
    if (least <= leastChars(state) && leastChars(state) <= most) {
      return shortest(state);
    }
    if (sparse != null && mostChars(state) < least) {
      return null;
    }
    record Step(@Nullable Step before, int state, int chars, int b) {}
    Set<Long> seen = new HashSet<>();
    Deque<Step> open = new ArrayDeque<>();
    open.add(new Step(null, state, 0, 0));
    while (!open.isEmpty() && seen.size() < MOST_WORK / BYTES) {
      // Where every part is a text of the set, the first way that is long enough is the shortest.
      Step step = isOfParts ? open.removeLast() : open.removeFirst();
      if (accepts(step.state()) && step.chars() >= least && step.chars() <= most) {
        ByteArrayOutputStream reversed = new ByteArrayOutputStream();
        for (Step s = step; s.before() != null; s = s.before()) {
          reversed.write(s.b());
        }
        byte[] text = reversed.toByteArray();
        for (int i = 0; i < text.length / 2; i++) {
          byte other = text[i];
          text[i] = text[text.length - 1 - i];
          text[text.length - 1 - i] = other;
        }
        return text;
      }
      Set<Integer> targets = new HashSet<>();
      for (int i = 0; i < BYTES; i++) {
        // Letters first, so that what is made up is readable.
        int b = (i + 'a') & (BYTES - 1);
        int target = next(step.state(), b);
        boolean counts = isFirstOfChar(b);
        int chars = step.chars() + (counts ? 1 : 0);
        if (target >= 0
            && targets.add(counts ? target : ~target)
            && chars <= most
            && leastChars(target) <= most - chars
            && (mostChars(target) == UNBOUNDED || mostChars(target) >= least - chars)
            && seen.add(key(target, Math.min(chars, least)))) {
          open.add(new Step(step, target, chars, b));
        }
      }
    }
    return null;
  }
}
