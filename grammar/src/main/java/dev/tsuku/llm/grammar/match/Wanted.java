package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.Node;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What a value is held against. Mutable while it is made. */
final class Wanted {

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

  BitSet useful() {
    return useful;
  }

  boolean isUseful(int index) {
    return useful.get(index);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Wanted wanted
        && nodes.equals(wanted.nodes)
        && useful.equals(wanted.useful);
  }

  @Override
  public int hashCode() {
    return 31 * nodes.hashCode() + useful.hashCode();
  }
}
