package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The characters as an automaton tells them apart: letters, each of which stands for all characters
 * that are in the same of its sets.
 */
final class Alphabet {

  /** What no letter stands for: surrogates. */
  static final int NO_LETTER = -1;

  private record Edge(int at, int set, boolean begins) {}

  /** Where each range of characters with the same letter begins, ascending from 0. */
  private final int[] begins;

  private final int[] letters;
  private final BitSet[] ofSets;
  private final int size;

  Alphabet(List<CodePoints> sets) {
    List<Edge> edges = new ArrayList<>();
    for (int set = 0; set < sets.size(); set++) {
      for (CodePoints.Range range : sets.get(set).ranges()) {
        edges.add(new Edge(range.first(), set, true));
        edges.add(new Edge(range.last() + 1, set, false));
      }
    }
    for (CodePoints.Range range : CodePoints.ALL.ranges()) {
      edges.add(new Edge(range.first(), sets.size(), true));
      edges.add(new Edge(range.last() + 1, sets.size(), false));
    }
    edges.sort(Comparator.comparingInt(Edge::at));
    ofSets = new BitSet[sets.size()];
    for (int set = 0; set < ofSets.length; set++) {
      ofSets[set] = new BitSet();
    }
    Map<BitSet, Integer> known = new HashMap<>();
    int[] starts = new int[edges.size()];
    int[] found = new int[edges.size()];
    int count = 0;
    BitSet active = new BitSet(sets.size() + 1);
    for (int i = 0; i < edges.size(); ) {
      int at = edges.get(i).at();
      for (; i < edges.size() && edges.get(i).at() == at; i++) {
        active.set(edges.get(i).set(), edges.get(i).begins());
      }
      int letter = NO_LETTER;
      if (active.get(sets.size())) {
        Integer before = known.get(active);
        letter = before == null ? known.size() : before;
        if (before == null) {
          BitSet key = (BitSet) active.clone();
          known.put(key, letter);
          int number = letter;
          key.stream().filter(set -> set < ofSets.length).forEach(set -> ofSets[set].set(number));
        }
      }
      starts[count] = at;
      found[count++] = letter;
    }
    begins = java.util.Arrays.copyOf(starts, count);
    letters = java.util.Arrays.copyOf(found, count);
    size = known.size();
  }

  /** How many letters there are. */
  int size() {
    return size;
  }

  /** The letters of a set. */
  BitSet ofSet(int set) {
    return ofSets[set];
  }

  /** The last range that begins at a character or before it. */
  int range(int c) {
    int index = java.util.Arrays.binarySearch(begins, c);
    return index >= 0 ? index : -index - 2;
  }

  /** The letter of a range. */
  int letter(int range) {
    return letters[range];
  }

  /** The last character of a range. */
  int last(int range) {
    return range + 1 < begins.length ? begins[range + 1] - 1 : CodePoints.LAST;
  }
}
