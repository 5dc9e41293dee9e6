package dev.tsuku.llm.grammar.regex;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
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
  static final int MOST_STATES = 20_000;

  /** As many with few ways on take as much room as one with a table of its own. */
  private static final int SPARSE_STATES = 32;

  /** Steps of building; some ten milliseconds. */
  private static final int MOST_WORK = 4_000_000;

  /** Of the texts of {@link #substrings}, all together. */
  public static final int MOST_SUBSTRINGS_BYTES = SparseTable.MOST_BYTES;

  /** Of the texts of {@link #wordSpans}, all together. */
  public static final int MOST_WORD_SPANS_BYTES = WordSpans.MOST_BYTES;

  private static final byte NOT_ALL = 1;
  private static final byte ALL = 2;

  private static final ByteTable NO_TABLE = ByteTable.ofRows(List.of(), new BitSet());

  /** All texts. */
  public static final Dfa ANY = search("");

  private final ByteTable table;
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

  /** Instead of {@link #table}, where most states have few ways on. */
  private final @Nullable SparseTable sparse;

  /** Whether all that leads somewhere in whole characters is a text of the set. */
  private final boolean isOfParts;

  private Dfa(SparseTable table) {
    this(table, table.states());
  }

  private Dfa(SparseTable table, int cost) {
    this.sparse = table;
    this.cost = cost;
    this.accepting = table.accepting;
    this.leastChars = table.chars(false);
    this.mostChars = table.chars(true);
    this.empty = leastChars[0] == UNBOUNDED;
    this.isOfParts = Arrays.stream(leastChars).skip(1).allMatch(count -> count == 0);
    this.table = NO_TABLE;
    this.anyFrom = new byte[table.states()];
  }

  Dfa(ByteTable table, BitSet accepting, int cost) {
    this.sparse = null;
    this.isOfParts = false;
    this.cost = cost;
    this.table = table;
    this.accepting = accepting;
    this.leastChars = table.least();
    this.mostChars = table.most();
    this.empty = leastChars.length == 0 || leastChars[0] == UNBOUNDED;
    this.anyFrom = new byte[leastChars.length];
  }

  /**
   * The texts that a pattern occurs in, as the keyword {@code pattern} has it.
   *
   * @throws RegexException if it is no pattern, not supported or too complex
   */
  public static Dfa search(String pattern) {
    return search(RegexParser.parse(pattern));
  }

  static Dfa search(Regex regex) {
    return Determinizer.of(Nfa.search(Trimmer.trim(regex, true, true)));
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
    return new Dfa(ByteTable.ofRows(rows, accepting), accepting, rows.size());
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
   * @param mostCost what its {@link #cost} may be
   * @param check run now and then; it may throw, to end the work
   * @throws RegexException if they are too long, all together, or it would cost more
   */
  public static Dfa wordSpans(
      Collection<String> texts, boolean ignoresCase, int maxWords, int mostCost, Runnable check) {
    WordSpans.Result made = WordSpans.of(texts, ignoresCase, maxWords, mostCost, check);
    return new Dfa(made.table(), made.places());
  }

  private static int[] deadRow() {
    int[] row = new int[BYTES];
    Arrays.fill(row, DEAD);
    return row;
  }

  static RegexException tooComplex() {
    return new RegexException(
        "it is too complex: its automaton would need more than " + MOST_STATES + " states");
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
    Product product = new Product(this, other, minus);
    return new Dfa(product.table(), product.accepting(), product.states());
  }

  static long key(int mine, int its) {
    return ((long) mine << Integer.SIZE) | (its & 0xffffffffL);
  }

  /** A number that bytes share only if they lead everywhere to the same. */
  int column(int b) {
    return sparse == null ? table.column(b) : b;
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
    return table.next(state, b);
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
        int missing = leastChars(state) - (ByteTable.isFirstOfChar(b) ? 1 : 0);
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
        boolean counts = ByteTable.isFirstOfChar(b);
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
