package dev.tsuku.llm.grammar.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * How short the values of nodes can be, and thereby whether they have any. Values contain values,
 * in circles too; so lengths are improved until none can be, starting from endless ones.
 */
final class Shortest {

  private Shortest() {}

  /** Measures a node, and all that it cannot do without. */
  static void find(Node root) {
    Map<Node, Integer> lengths = new LinkedHashMap<>();
    Deque<Node> open = new ArrayDeque<>();
    open.add(root);
    lengths.put(root, Node.ENDLESS);
    while (!open.isEmpty()) {
      Node node = open.remove();
      for (JsonType type : JsonType.values()) {
        for (Alternative alternative : node.candidates(type)) {
          for (Node inner : needed(alternative.rule())) {
            if (!inner.isMeasured() && lengths.putIfAbsent(inner, Node.ENDLESS) == null) {
              open.add(inner);
            }
          }
        }
      }
    }
    ToIntFunction<Node> known =
        node -> node.isMeasured() ? node.leastBytes() : lengths.getOrDefault(node, Node.ENDLESS);
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Map.Entry<Node, Integer> entry : lengths.entrySet()) {
        int length = Node.ENDLESS;
        for (JsonType type : JsonType.values()) {
          for (Alternative alternative : entry.getKey().candidates(type)) {
            length = Math.min(length, bytes(alternative.rule(), known));
          }
        }
        if (length < entry.getValue()) {
          entry.setValue(length);
          changed = true;
        }
      }
    }
    lengths.forEach(Node::setLeastBytes);
  }

  /** How short a value of an alternative can be. */
  static int bytes(Alternative alternative) {
    return bytes(alternative.rule(), Node::leastBytes);
  }

  /** Values that a value cannot do without. */
  private static List<Node> needed(Rule rule) {
    return switch (rule) {
      case ArrayRule array ->
          java.util.stream.IntStream.rangeClosed(0, Math.min(array.prefix(), array.least() - 1))
              .mapToObj(array::item)
              .toList();
      case ObjectRule object -> {
        List<Node> members = new ArrayList<>();
        if (mayLackMembers(object)) {
          object.order().forEach(name -> members.add(object.member(name)));
          members.add(object.rest());
        } else {
          object.required().forEach(name -> members.add(object.member(name)));
        }
        yield members;
      }
      default -> List.of();
    };
  }

  /** Whether there have to be more members than those that are named. */
  private static boolean mayLackMembers(ObjectRule object) {
    return object.least() > object.required().size() && !object.hasPatterns();
  }

  private static int bytes(Rule rule, ToIntFunction<Node> known) {
    return switch (rule) {
      case Rule.Null ignored -> 4;
      case Rule.Bool bool -> bool.mayBeTrue() ? 4 : bool.mayBeFalse() ? 5 : Node.ENDLESS;
      case StringRule string ->
          string.isEmpty()
              ? Node.ENDLESS
              : 2 + Math.max(string.least(), string.texts().leastChars(string.texts().start()));
      case NumberRule number -> number.shortest().map(String::length).orElse(Node.ENDLESS);
      case ArrayRule array -> array(array, known);
      case ObjectRule object -> object(object, known);
    };
  }

  private static int array(ArrayRule array, ToIntFunction<Node> known) {
    if (array.least() > array.most()) {
      return Node.ENDLESS;
    }
    long bytes = 2;
    for (int i = 0; i < Math.min(array.prefix(), array.least()); i++) {
      bytes = plus(bytes, known.applyAsInt(array.item(i)), 1);
    }
    if (array.least() > array.prefix()) {
      int each = known.applyAsInt(array.item(array.prefix()));
      bytes =
          each == Node.ENDLESS
              ? Node.ENDLESS
              : bytes + (long) (array.least() - array.prefix()) * (each + 1);
    }
    return (int) Math.min(bytes, Node.ENDLESS);
  }

  private static int object(ObjectRule object, ToIntFunction<Node> known) {
    if (object.least() > object.most() || object.required().size() > object.most()) {
      return Node.ENDLESS;
    }
    if (mayLackMembers(object) && known.applyAsInt(object.rest()) == Node.ENDLESS) {
      long possible =
          object.order().stream()
              .filter(name -> known.applyAsInt(object.member(name)) != Node.ENDLESS)
              .count();
      if (possible < object.least()) {
        return Node.ENDLESS;
      }
    }
    long bytes = 2;
    for (String name : object.required()) {
      bytes = plus(bytes, known.applyAsInt(object.member(name)), name.length() + 4);
    }
    return (int) Math.min(bytes, Node.ENDLESS);
  }

  private static long plus(long bytes, int more, int between) {
    return more == Node.ENDLESS ? Node.ENDLESS : Math.min(Node.ENDLESS, bytes + more + between);
  }
}
