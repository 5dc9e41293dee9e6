package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.Alternative;
import dev.tsuku.llm.grammar.schema.JsonType;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.Rule;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** All ways in which a value of a known type may be valid, followed side by side. */
final class Level {

  /** So many that nobody writes a schema that needs them. */
  private static final int MOST_NODES = 64;

  /**
   * One way.
   *
   * @param node the index of what accepts the value if this way succeeds
   * @param rejects the indexes of what must not accept it
   */
  record Way(Rule rule, int node, boolean isUseful, List<Integer> rejects) {}

  private final List<Way> ways = new ArrayList<>();
  private final int wanted;
  private final int nodes;

  Level(Wanted wanted, JsonType type) {
    List<Node> all = new ArrayList<>(wanted.nodes());
    this.wanted = all.size();
    for (int i = 0; i < all.size(); i++) {
      if (all.size() > MOST_NODES) {
        throw new SchemaException("", "", "the schema is too complex: too much must not match");
      }
      for (Alternative alternative : all.get(i).alternatives(type)) {
        List<Integer> rejects = new ArrayList<>();
        for (Node reject : alternative.rejects()) {
          // What a later node rejects may be an earlier one, but never in a circle.
          if (!all.contains(reject)) {
            all.add(reject);
          }
          rejects.add(all.indexOf(reject));
        }
        boolean isUseful = i < this.wanted && wanted.isUseful(i);
        ways.add(new Way(alternative.rule(), i, isUseful, rejects));
      }
    }
    this.nodes = all.size();
  }

  int size() {
    return ways.size();
  }

  Way way(int index) {
    return ways.get(index);
  }

  List<Way> ways() {
    return ways;
  }

  /** All ways. */
  BitSet all() {
    BitSet all = new BitSet();
    all.set(0, ways.size());
    return all;
  }

  /** Whether any of them leads to a value that is of use. */
  boolean isUseful(BitSet alive) {
    return alive.stream().anyMatch(index -> ways.get(index).isUseful());
  }

  /** Which nodes that were asked for accept the value, if these ways have succeeded. */
  BitSet accepting(BitSet succeeded) {
    BitSet accepting = new BitSet();
    for (int node = 0; node < wanted; node++) {
      accepting.set(node, accepts(node, succeeded, 0));
    }
    return accepting;
  }

  private boolean accepts(int node, BitSet succeeded, int depth) {
    if (depth > nodes) {
      throw new SchemaException("", "not", "a schema must not match itself: that has no answer");
    }
    return succeeded.stream()
        .anyMatch(
            index -> {
              Way way = ways.get(index);
              return way.node() == node
                  && way.rejects().stream()
                      .noneMatch(reject -> accepts(reject, succeeded, depth + 1));
            });
  }
}
