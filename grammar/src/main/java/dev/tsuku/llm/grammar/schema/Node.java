package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.regex.Dfa;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a value has to obey: some schemas that it must match, and some that it must not. */
public final class Node {

  /** The length of what cannot be written. */
  static final int ENDLESS = Integer.MAX_VALUE;

  /** Asked for what is being found out; only whether two schemas exclude each other may give up. */
  static final class BusyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BusyException() {
      super("", null, false, false);
    }
  }

  private final Nodes nodes;
  private final List<Literal> literals;
  private final Map<JsonType, List<Alternative>> all = new EnumMap<>(JsonType.class);
  private final Map<JsonType, List<Alternative>> possible = new EnumMap<>(JsonType.class);
  private final Set<JsonType> busy = EnumSet.noneOf(JsonType.class);
  private int leastBytes = -1;

  Node(Nodes nodes, List<Literal> literals) {
    this.nodes = nodes;
    this.literals = literals;
  }

  Nodes nodes() {
    return nodes;
  }

  List<Literal> literals() {
    return literals;
  }

  /** Where in the document the first of its conditions stands. */
  public String pointer() {
    return literals.isEmpty() ? "" : literals.getFirst().schema().pointer;
  }

  /** The ways to obey it with a value of a type, without those that cannot be gone to the end. */
  public List<Alternative> alternatives(JsonType type) {
    List<Alternative> known = possible.get(type);
    if (known == null) {
      known =
          candidates(type).stream()
              .filter(alternative -> Shortest.bytes(alternative) != ENDLESS)
              .toList();
      possible.put(type, known);
    }
    return known;
  }

  /** The same, of which some may have values inside that are impossible. */
  List<Alternative> candidates(JsonType type) {
    List<Alternative> known = all.get(type);
    if (known == null) {
      if (!busy.add(type)) {
        throw new BusyException();
      }
      try {
        known = expanded(type);
        all.put(type, known);
      } finally {
        busy.remove(type);
      }
    }
    return known;
  }

  /**
   * What was not looked into when the schema was compiled, and turns out to be too complex, has no
   * alternatives: then fewer answers are allowed, and none that is wrong.
   */
  private List<Alternative> expanded(JsonType type) {
    try {
      return new Expansion(this, type).alternatives();
    } catch (SchemaException e) {
      if (nodes.isCompiled()) {
        return List.of();
      }
      throw e;
    }
  }

  /** Whether no value obeys it. */
  public boolean isEmpty() {
    return leastBytes() == ENDLESS;
  }

  /** How long the shortest value is that obeys it, in bytes without white space. */
  int leastBytes() {
    if (leastBytes < 0) {
      Shortest.find(this);
    }
    return leastBytes;
  }

  boolean isMeasured() {
    return leastBytes >= 0;
  }

  void setLeastBytes(int bytes) {
    leastBytes = bytes;
  }

  /** Whether a string obeys it. */
  boolean accepts(Json.Text text) {
    byte[] bytes = text.value().getBytes(StandardCharsets.UTF_8);
    int chars = text.value().codePointCount(0, text.value().length());
    for (Alternative alternative : alternatives(JsonType.STRING)) {
      if (alternative.rule() instanceof StringRule rule) {
        int state = rule.texts().start();
        for (int i = 0; i < bytes.length && state != Dfa.DEAD; i++) {
          state = rule.texts().next(state, bytes[i] & 0xff);
        }
        if (rule.accepts(state, chars)
            && alternative.rejects().stream().noneMatch(node -> node.accepts(text))) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return literals.toString();
  }
}
