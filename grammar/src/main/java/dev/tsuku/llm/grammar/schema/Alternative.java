package dev.tsuku.llm.grammar.schema;

import java.util.List;

/**
 * One way for a value of some type to be valid.
 *
 * @param rejects what must not accept the value
 */
public record Alternative(Rule rule, List<Node> rejects) {
  public Alternative {
    rejects = List.copyOf(rejects);
  }

  /** How long the shortest value is, in bytes without white space. */
  public int leastBytes() {
    return Shortest.bytes(this);
  }
}
