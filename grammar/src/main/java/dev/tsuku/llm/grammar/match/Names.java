package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.ObjectRule;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The names that the ways to write an object speak of, in the order in which they come. */
final class Names {

  private static final int[] NOTHING = {};

  private final List<ObjectRule> rules;
  private final List<String> names;
  private final byte[][] bytes;
  private final Map<String, Integer> indexes = new HashMap<>();

  /** For each way, how many names that must be there come at an index or behind it. */
  private final int[][] required;

  /** Likewise, how many that may be there; found out when it is needed. */
  private final int[][] possible;

  private final boolean counts;
  private final int mostThatCounts;

  Names(List<ObjectRule> rules) {
    this.rules = rules;
    Set<String> all = new LinkedHashSet<>();
    rules.forEach(rule -> all.addAll(rule.order()));
    this.names = List.copyOf(all);
    this.bytes = new byte[names.size()][];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = names.get(i).getBytes(StandardCharsets.UTF_8);
      indexes.put(names.get(i), i);
    }
    this.required = new int[rules.size()][];
    this.possible = new int[rules.size()][];
    for (int way = 0; way < required.length; way++) {
      Set<String> wanted = rules.get(way).required();
      int[] behind = new int[names.size() + 1];
      for (int i = names.size() - 1; i >= 0; i--) {
        behind[i] = behind[i + 1] + (wanted.contains(names.get(i)) ? 1 : 0);
      }
      required[way] = behind;
      possible[way] = NOTHING;
    }
    this.counts = rules.stream().anyMatch(rule -> rule.most() != Integer.MAX_VALUE);
    this.mostThatCounts = rules.stream().mapToInt(ObjectRule::least).max().orElse(0);
  }

  List<String> list() {
    return names;
  }

  int size() {
    return names.size();
  }

  byte[] bytes(int index) {
    return bytes[index];
  }

  /** The index of a name; -1 if nothing speaks of it. */
  int index(String name) {
    return indexes.getOrDefault(name, -1);
  }

  /** How many names that a way must have come at an index or behind it. */
  int required(int way, int from) {
    return required[way][from];
  }

  /** How many names that a way may have come at an index or behind it. */
  int possible(int way, int from) {
    if (possible[way].length == 0) {
      int[] behind = new int[names.size() + 1];
      for (int i = names.size() - 1; i >= 0; i--) {
        behind[i] = behind[i + 1] + (rules.get(way).member(names.get(i)).isEmpty() ? 0 : 1);
      }
      possible[way] = behind;
    }
    return possible[way][from];
  }

  /** A count of members that makes no other difference than this one. */
  int canonical(int count) {
    return counts ? count : Math.min(count, mostThatCounts);
  }
}
