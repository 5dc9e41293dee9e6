package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.ArrayRule;
import dev.tsuku.llm.grammar.schema.JsonType;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.ObjectRule;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Builds, when a schema is compiled, every set of alternatives that matching it may need at once,
 * so that one that is too large is refused then. A matcher that follows fewer alternatives needs a
 * part of one of these, which is never larger.
 */
public final class GrammarCheck {

  /** Longer than any schema of practical use needs. */
  private static final long COMPLETION_NANOS = 2_000_000_000L;

  /** Beyond it matching is still safe: what turns out to be too large has no values. */
  private static final int MOST_CHECKED = 4_000;

  private final Set<NodeSet> seen = new HashSet<>();
  private final Deque<NodeSet> open = new ArrayDeque<>();

  private GrammarCheck() {}

  /**
   * Checks a schema that has been compiled.
   *
   * @throws SchemaException if matching it needs too much at once, it rejects itself, or no value
   *     obeys it
   */
  public static void check(Node root) {
    GrammarCheck check = new GrammarCheck();
    NodeSet wanted = new NodeSet();
    wanted.add(root, true);
    check.note(wanted);
    while (!check.open.isEmpty() && check.seen.size() < MOST_CHECKED) {
      check.expand(check.open.remove());
    }
    MatcherState start = MatcherState.start(root);
    if (ShortestCompletion.of(start, WorkBudget.ofCpuNanos(COMPLETION_NANOS)).isEmpty()) {
      String demands = Demands.of(root);
      throw new SchemaException(
          "",
          "",
          "no value was found that obeys it"
              + (demands.isEmpty() ? "" : "; the most is asked for by " + demands));
    }
  }

  private void note(NodeSet wanted) {
    if (!wanted.nodes().isEmpty() && seen.add(wanted)) {
      open.add(wanted);
    }
  }

  private void expand(NodeSet wanted) {
    for (JsonType type : JsonType.values()) {
      ActiveAlternatives level = new ActiveAlternatives(wanted, type);
      String pointer = wanted.pointer();
      if (level.isTooComplex()) {
        throw new SchemaException(
            pointer, "", "the schema is too complex: a value must match, or must not, too much");
      }
      if (level.rejectsItself()) {
        throw new SchemaException(
            pointer, "not", "a schema must not match itself: that has no answer");
      }
      if (type == JsonType.OBJECT && level.size() > 0) {
        expandObject(level);
      } else if (type == JsonType.ARRAY && level.size() > 0) {
        expandArray(level);
      }
    }
  }

  private void expandObject(ActiveAlternatives level) {
    for (String name : level.names().list()) {
      if (seen.size() >= MOST_CHECKED) {
        // Whether a member has values is found out when it is asked, which takes time for each.
        return;
      }
      NodeSet member = new NodeSet();
      for (ActiveAlternatives.Way way : level.ways()) {
        Node node = ((ObjectRule) way.rule()).member(name);
        if (!node.isEmpty()) {
          member.add(node, way.isUseful());
        }
      }
      note(member);
    }
    NodeSet others = new NodeSet();
    for (ActiveAlternatives.Way way : level.ways()) {
      ObjectRule rule = (ObjectRule) way.rule();
      if (!rule.freeNames().isEmpty()) {
        rule.otherMembers().stream()
            .filter(node -> !node.isEmpty())
            .forEach(node -> others.add(node, way.isUseful()));
      }
    }
    note(others);
  }

  private void expandArray(ActiveAlternatives level) {
    List<ArrayRule> rules = new ArrayList<>();
    level.ways().forEach(way -> rules.add((ArrayRule) way.rule()));
    int last = rules.stream().mapToInt(ArrayRule::prefix).max().orElse(0);
    for (int index = 0; index <= last; index++) {
      NodeSet item = new NodeSet();
      for (int way = 0; way < rules.size(); way++) {
        Node node = rules.get(way).item(index);
        if (!node.isEmpty()) {
          item.add(node, level.way(way).isUseful());
          rules.get(way).contained().forEach(contained -> item.add(contained.node(), false));
        }
      }
      note(item);
    }
  }
}
