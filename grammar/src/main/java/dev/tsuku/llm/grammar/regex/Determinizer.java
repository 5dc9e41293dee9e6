package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a {@link Dfa} of an {@link Nfa}: first one over the letters of its alphabet, then one over
 * the bytes of their UTF-8. States inside of characters that lead to the same are one.
 */
final class Determinizer {

  /** More sets of characters than this are not told apart by which of them a letter is in. */
  private static final int MOST_SIGNED = Long.SIZE;

  private final PlaceSets places;
  private final Alphabet alphabet;
  private final boolean hasStarts;
  private final Map<IntKey, Integer> numbers = new HashMap<>();
  private final List<int[]> states = new ArrayList<>();
  private final List<int[]> rows = new ArrayList<>();
  private final BitSet accepting = new BitSet();

  private Determinizer(Nfa nfa) {
    this.alphabet = new Alphabet(nfa.sets());
    this.places = new PlaceSets(nfa, alphabet);
    this.hasStarts = nfa.hasStarts() || !nfa.looks().isEmpty();
  }

  static Dfa of(Nfa nfa) {
    return new Determinizer(nfa).run();
  }

  private Dfa run() {
    int[] start = places.start();
    states.add(start);
    if (!hasStarts) {
      // Otherwise the beginning of the text is like no other place.
      numbers.put(new IntKey(start), 0);
    }
    for (int state = 0; state < states.size(); state++) {
      int[] at = states.get(state);
      accepting.set(state, places.accepts(at, state == 0));
      rows.add(row(at));
    }
    return new Expansion().dfa();
  }

  /** Where each letter leads. */
  private int[] row(int[] at) {
    BitSet matter = places.setsThatMatter(at);
    int[] row = new int[alphabet.size()];
    places.work(row.length / Byte.SIZE);
    int[] sets = matter.stream().toArray();
    if (sets.length > MOST_SIGNED) {
      for (int letter = 0; letter < row.length; letter++) {
        row[letter] = number(places.next(at, letter));
      }
      return row;
    }
    // Letters that are in the same sets lead to the same.
    long[] signs = new long[row.length];
    for (int i = 0; i < sets.length; i++) {
      BitSet letters = alphabet.ofSet(sets[i]);
      for (int letter = letters.nextSetBit(0); letter >= 0; ) {
        signs[letter] |= 1L << i;
        letter = letters.nextSetBit(letter + 1);
      }
    }
    Map<Long, Integer> known = new HashMap<>();
    for (int letter = 0; letter < row.length; letter++) {
      Integer target = known.get(signs[letter]);
      if (target == null) {
        target = number(places.next(at, letter));
        known.put(signs[letter], target);
      }
      row[letter] = target;
    }
    return row;
  }

  private int number(int[] state) {
    if (state.length == 1 && state[0] == PlaceSets.NOTHING) {
      return Dfa.DEAD;
    }
    Integer known = numbers.putIfAbsent(new IntKey(state), states.size());
    if (known != null) {
      return known;
    }
    if (states.size() == Dfa.MOST_STATES) {
      throw Dfa.tooComplex();
    }
    states.add(state);
    return states.size() - 1;
  }

  /** From letters to bytes. */
  private final class Expansion {

    private final Utf8Trie trie = new Utf8Trie(alphabet);
    private final List<int[]> byteRows = new ArrayList<>();
    private final Map<IntKey, Integer> inner = new HashMap<>();

    /** Where the nodes of the trie lead from a state, and from which one that was found. */
    private final int[] reached = new int[trie.size()];

    private final int[] reachedFrom = new int[trie.size()];

    Dfa dfa() {
      Arrays.fill(reachedFrom, Dfa.DEAD);
      for (int[] row : rows) {
        byteRows.add(row);
      }
      for (int state = 0; state < rows.size(); state++) {
        byteRows.set(state, runs(rows.get(state), state));
      }
      return new Dfa(ByteTable.ofRuns(byteRows, accepting), accepting, places.workDone());
    }

    private int[] runs(int[] row, int state) {
      int[] root = trie.root();
      Utf8Trie.Runs runs = new Utf8Trie.Runs();
      for (int i = 0; i < root.length; i += 2) {
        int value = root[i + 1];
        runs.add(
            root[i],
            value == Utf8Trie.NONE
                ? Dfa.DEAD
                : Utf8Trie.isLetter(root[i]) ? row[value] : target(value, row, state));
      }
      return runs.ended();
    }

    private int target(int node, int[] row, int state) {
      if (reachedFrom[node] == state) {
        return reached[node];
      }
      int[] bytes = trie.node(node);
      boolean isLast = trie.isLast(node);
      Utf8Trie.Runs runs = new Utf8Trie.Runs();
      boolean isDead = true;
      for (int i = 0; i < bytes.length; i += 2) {
        int value = bytes[i + 1];
        int to =
            value == Utf8Trie.NONE ? Dfa.DEAD : isLast ? row[value] : target(value, row, state);
        isDead &= to == Dfa.DEAD;
        runs.add(bytes[i], to);
      }
      places.work(bytes.length / 2);
      int found = isDead ? Dfa.DEAD : inner(runs.ended());
      reachedFrom[node] = state;
      reached[node] = found;
      return found;
    }

    private int inner(int[] runs) {
      Integer known = inner.putIfAbsent(new IntKey(runs), byteRows.size());
      if (known != null) {
        return known;
      }
      if (byteRows.size() >= Dfa.MOST_STATES) {
        throw Dfa.tooComplex();
      }
      byteRows.add(runs);
      return byteRows.size() - 1;
    }
  }
}
