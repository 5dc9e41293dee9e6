package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.Alternative;
import dev.tsuku.llm.grammar.schema.ArrayRule;
import dev.tsuku.llm.grammar.schema.JsonType;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.NumberRule;
import dev.tsuku.llm.grammar.schema.ObjectRule;
import dev.tsuku.llm.grammar.schema.Rule;
import dev.tsuku.llm.grammar.schema.StringRule;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The schema nodes that one value must match, and those that it must not. Mutable while built. */
final class NodeSet {

  private final List<Node> nodes = new ArrayList<>();

  /** Which of them are of use; the others are looked at only to know whether they accept. */
  private final BitSet useful = new BitSet();

  /** Adds a node, if it is not there yet, and returns its index. */
  int add(Node node, boolean isUseful) {
    int index = nodes.indexOf(node);
    if (index < 0) {
      index = nodes.size();
      nodes.add(node);
    }
    if (isUseful) {
      useful.set(index);
    }
    return index;
  }

  List<Node> nodes() {
    return nodes;
  }

  /** Where in the document the first of the conditions stands. */
  String pointer() {
    return nodes.isEmpty() ? "" : nodes.getFirst().pointer();
  }

  BitSet useful() {
    return useful;
  }

  boolean isUseful(int index) {
    return useful.get(index);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NodeSet wanted
        && nodes.equals(wanted.nodes)
        && useful.equals(wanted.useful);
  }

  @Override
  public int hashCode() {
    return 31 * nodes.hashCode() + useful.hashCode();
  }

  /** How values that are of use can begin, those that can be short first. */
  List<String> shortest() {
    Map<String, Integer> lengths = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      if (!isUseful(i)) {
        continue;
      }
      for (JsonType type : JsonType.values()) {
        for (Alternative alternative : nodes.get(i).alternatives(type)) {
          for (String text : beginnings(alternative.rule())) {
            // A sign is nothing yet.
            int least = alternative.leastBytes() + (text.equals("-") ? 1 : 0);
            lengths.merge(text, least, Math::min);
          }
        }
      }
    }
    return lengths.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The same where items of an array must differ: numbers that are none of them come first. */
  List<String> shortest(ArrayFrame array) {
    List<String> ways = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      if (isUseful(i)) {
        for (Alternative alternative : nodes.get(i).alternatives(JsonType.NUMBER)) {
          array.unused((NumberRule) alternative.rule()).ifPresent(ways::add);
        }
      }
    }
    ways.addAll(shortest());
    return ways;
  }

  private static List<String> beginnings(Rule rule) {
    return switch (rule) {
      case Rule.Null ignored -> List.of("null");
      case Rule.Bool bool ->
          Stream.of(true, false).filter(bool::allows).map(String::valueOf).toList();
      case NumberRule number ->
          Stream.concat(
                  number.shortest().stream(),
                  Stream.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "-"))
              .toList();
      case StringRule ignored -> List.of("\"");
      case ArrayRule ignored -> List.of("[");
      case ObjectRule ignored -> List.of("{");
    };
  }
}
