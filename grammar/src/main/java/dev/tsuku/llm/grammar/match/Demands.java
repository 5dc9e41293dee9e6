package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.Alternative;
import dev.tsuku.llm.grammar.schema.ArrayRule;
import dev.tsuku.llm.grammar.schema.JsonType;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.ObjectRule;
import dev.tsuku.llm.grammar.schema.Rule;
import dev.tsuku.llm.grammar.schema.StringRule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keywords that ask for the longest values, in what a value of a schema cannot do without: they
 * are the likeliest reason where no value is found. For one schema and one thread.
 */
final class Demands {

  private static final int MOST_NODES = 2_000;
  private static final int MOST_NAMED = 3;

  /** Values of so many parts are found unless something else is in the way. */
  private static final int FEW = 100;

  private record Demand(String keyword, int count, String pointer) {
    @Override
    public String toString() {
      return keyword + " " + count + (pointer.isEmpty() ? "" : " at " + pointer);
    }
  }

  private final Set<Demand> found = new HashSet<>();
  private final Set<Node> seen = new HashSet<>();
  private final Deque<Node> open = new ArrayDeque<>();

  private Demands() {}

  /** The keywords with their values, the largest first; empty if none asks for much. */
  static String of(Node root) {
    Demands demands = new Demands();
    demands.note(root);
    while (!demands.open.isEmpty() && demands.seen.size() < MOST_NODES) {
      Node node = demands.open.remove();
      for (JsonType type : JsonType.values()) {
        for (Alternative alternative : node.alternatives(type)) {
          demands.look(alternative.rule(), node.pointer());
        }
      }
    }
    return demands.found.stream()
        .sorted(Comparator.comparingInt(Demand::count).reversed().thenComparing(Demand::toString))
        .limit(MOST_NAMED)
        .map(Demand::toString)
        .collect(Collectors.joining(", "));
  }

  private void note(Node node) {
    if (seen.add(node)) {
      open.add(node);
    }
  }

  private void look(Rule rule, String pointer) {
    switch (rule) {
      case StringRule string -> add("minLength", string.least(), pointer);
      case ArrayRule array -> look(array, pointer);
      case ObjectRule object -> {
        add("minProperties", object.least(), pointer);
        object.required().forEach(name -> note(object.member(name)));
      }
      default -> {
        // Is short.
      }
    }
  }

  private void look(ArrayRule array, String pointer) {
    List<ArrayRule.Contained> needed = new ArrayList<>();
    array.contained().stream().filter(it -> it.least() > 0).forEach(needed::add);
    needed.forEach(it -> add("minContains", it.least(), pointer));
    if (needed.stream().noneMatch(it -> it.least() == array.least())) {
      if (array.isUnique() && array.least() > 1) {
        found.add(new Demand("uniqueItems with minItems", array.least(), pointer));
      }
      add(array.isUnique() ? "uniqueItems with minItems" : "minItems", array.least(), pointer);
    }
    for (int i = 0; i < Math.min(array.prefix() + 1, array.least()); i++) {
      note(array.item(i));
    }
  }

  private void add(String keyword, int count, String pointer) {
    if (count >= FEW) {
      found.add(new Demand(keyword, count, pointer));
    }
  }
}
