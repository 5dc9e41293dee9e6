package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.Alternative;
import dev.tsuku.llm.grammar.schema.ArrayRule;
import dev.tsuku.llm.grammar.schema.JsonType;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.ObjectRule;
import dev.tsuku.llm.grammar.schema.Rule;
import dev.tsuku.llm.grammar.schema.StringRule;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The alternatives that a value of a known type may still match, advanced together. */
final class ActiveAlternatives {

  /** So many that nobody writes a schema that needs them. */
  private static final int MOST_NODES = 256;

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
  private final BitSet useful = new BitSet();
  private final BitSet all = new BitSet();
  private final boolean rejectsAny;
  private final boolean isTooComplex;
  private final String pointer;
  private @Nullable Names names;
  private int countsItemsUpTo = -1;
  private int countsCharsUpTo = -1;

  ActiveAlternatives(NodeSet wanted, JsonType type) {
    List<Node> reached = new ArrayList<>(wanted.nodes());
    this.wanted = reached.size();
    this.pointer = wanted.pointer();
    for (int i = 0; i < reached.size() && reached.size() <= MOST_NODES; i++) {
      for (Alternative alternative : reached.get(i).alternatives(type)) {
        List<Integer> rejects = new ArrayList<>();
        for (Node reject : alternative.rejects()) {
          // What a later node rejects may be an earlier one, but never in a circle.
          if (!reached.contains(reject)) {
            reached.add(reject);
          }
          rejects.add(reached.indexOf(reject));
        }
        boolean isUseful = i < this.wanted && wanted.isUseful(i);
        useful.set(ways.size(), isUseful);
        ways.add(new Way(alternative.rule(), i, isUseful, rejects));
      }
    }
    this.isTooComplex = reached.size() > MOST_NODES;
    if (isTooComplex) {
      // Without ways no value is allowed, so nothing wrong can come of it.
      ways.clear();
      useful.clear();
    }
    all.set(0, ways.size());
    this.nodes = reached.size();
    this.rejectsAny = ways.stream().anyMatch(way -> !way.rejects().isEmpty());
  }

  /** Where in the document the first of the conditions stands. */
  String pointer() {
    return pointer;
  }

  /** Whether it has no ways because they would be too many. */
  boolean isTooComplex() {
    return isTooComplex;
  }

  /** Whether what must not match a value leads back to itself, which has no answer. */
  boolean rejectsItself() {
    for (int node = 0; node < nodes; node++) {
      if (reaches(node, node, new BitSet(nodes))) {
        return true;
      }
    }
    return false;
  }

  private boolean reaches(int from, int to, BitSet seen) {
    for (Way way : ways) {
      if (way.node() == from) {
        for (int reject : way.rejects()) {
          if (reject == to) {
            return true;
          }
          if (!seen.get(reject)) {
            seen.set(reject);
            if (reaches(reject, to, seen)) {
              return true;
            }
          }
        }
      }
    }
    return false;
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

  /** All ways; not to be changed. */
  BitSet all() {
    return all;
  }

  /** Whether any of them leads to a value that is of use. */
  boolean isUseful(BitSet alive) {
    return alive.intersects(useful);
  }

  /** Which nodes that were asked for accept the value, if these ways have succeeded. */
  BitSet accepting(BitSet succeeded) {
    BitSet accepting = new BitSet(wanted);
    if (rejectsAny) {
      for (int node = 0; node < wanted; node++) {
        accepting.set(node, accepts(node, succeeded, 0));
      }
      return accepting;
    }
    for (int i = succeeded.nextSetBit(0); i >= 0; i = succeeded.nextSetBit(i + 1)) {
      accepting.set(ways.get(i).node());
    }
    return accepting;
  }

  private boolean accepts(int node, BitSet succeeded, int depth) {
    if (depth > nodes) {
      // A circle has no answer; schemas with one are refused when they are compiled.
      return false;
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

  /** The names of an object. */
  Names names() {
    Names known = names;
    if (known == null) {
      known = new Names(ways.stream().map(way -> (ObjectRule) way.rule()).toList());
      names = known;
    }
    return known;
  }

  /** A count of items of an array that makes no other difference than this one. */
  int canonicalItems(int count) {
    if (countsItemsUpTo < 0) {
      countsItemsUpTo = 0;
      for (Way way : ways) {
        ArrayRule rule = (ArrayRule) way.rule();
        int upTo =
            rule.most() != Integer.MAX_VALUE || rule.isUnique()
                ? Integer.MAX_VALUE
                : Math.max(rule.prefix(), rule.least());
        countsItemsUpTo = Math.max(countsItemsUpTo, upTo);
      }
    }
    return Math.min(count, countsItemsUpTo);
  }

  /** A count of characters of a string that makes no other difference than this one. */
  int canonicalChars(int count) {
    if (countsCharsUpTo < 0) {
      countsCharsUpTo = 0;
      for (Way way : ways) {
        StringRule rule = (StringRule) way.rule();
        int upTo = rule.most() != Integer.MAX_VALUE ? Integer.MAX_VALUE : rule.least();
        countsCharsUpTo = Math.max(countsCharsUpTo, upTo);
      }
    }
    return Math.min(count, countsCharsUpTo);
  }
}
