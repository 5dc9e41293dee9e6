package dev.tsuku.llm.engine.prefix;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The token sequences that a context holds, as a radix tree: what several of them begin with is
 * there once, as it is in the context's own memory.
 *
 * <p>Each sequence is a path from the root to the node where it ends. A sequence is <em>idle</em>
 * when no request works with it; it is then kept only for what later requests have in common with
 * it. Which ones are idle is the caller's knowledge, handed in where it counts.
 *
 * <p>Invariant: but for the root, a node where no sequence ends has at least two children. So a
 * token run that only one sequence holds is one node, and forgetting the run of a leaf frees
 * exactly that many cells of memory.
 */
public final class PrefixTree {

  /** Least tokens that a cut takes, so that little room is not made again and again. */
  private static final int LEAST_CUT = 256;

  /**
   * The longest known beginning of some tokens.
   *
   * @param length in tokens; 0 if not even the first is known
   * @param sequence one that holds them; -1 if there is none
   */
  public record Match(int length, int sequence) {}

  /**
   * What was forgotten: the end of a sequence.
   *
   * @param sequence whose memory is to be cut
   * @param length how many of its tokens stay; with 0 the sequence is no longer in the tree
   */
  public record Cut(int sequence, int length) {}

  private static final class Node {
    int[] run;
    int start;
    @Nullable Node parent;
    final Map<Integer, Node> children = new HashMap<>();
    final Set<Integer> sequences = new LinkedHashSet<>();
    long used;

    Node(int[] run, int start, @Nullable Node parent) {
      this.run = run;
      this.start = start;
      this.parent = parent;
    }

    int end() {
      return start + run.length;
    }
  }

  private final Node root = new Node(new int[0], 0, null);
  private final Map<Integer, Node> ends = new HashMap<>();
  private long clock;

  /** The longest beginning of the tokens that any sequence holds. */
  public Match longest(TokenList tokens) {
    Node node = root;
    int length = 0;
    while (length < tokens.size()) {
      Node child = node.children.get(tokens.get(length));
      if (child == null) {
        break;
      }
      int common = tokens.commonRun(length, child.run);
      length += common;
      node = child;
      if (common < child.run.length) {
        break;
      }
    }
    return length == 0 ? new Match(0, -1) : new Match(length, anySequenceThrough(node));
  }

  private static int anySequenceThrough(Node node) {
    Node holder = node;
    while (holder.sequences.isEmpty()) {
      holder = holder.children.values().iterator().next();
    }
    return holder.sequences.iterator().next();
  }

  /** How many tokens of a sequence the tree knows of; 0 for one it does not know. */
  public int length(int sequence) {
    Node end = ends.get(sequence);
    return end == null ? 0 : end.end();
  }

  /**
   * Notes that a sequence now holds these tokens, which begin with those it held before, if any.
   *
   * @param length how many of the tokens it holds, at least 1
   */
  public void put(int sequence, TokenList tokens, int length) {
    Objects.checkIndex(length - 1, tokens.size());
    Node end = nodeOf(tokens, length);
    end.used = ++clock;
    Node before = ends.put(sequence, end);
    if (before != end) {
      end.sequences.add(sequence);
      if (before != null) {
        before.sequences.remove(sequence);
        tidy(before);
      }
    }
  }

  /** The node at which the tokens end, made where there is none. */
  private Node nodeOf(TokenList tokens, int length) {
    Node node = root;
    while (node.end() < length) {
      Node child = node.children.get(tokens.get(node.end()));
      if (child == null) {
        Node leaf = new Node(tokens.copy(node.end(), length), node.end(), node);
        node.children.put(leaf.run[0], leaf);
        return leaf;
      }
      int common = Math.min(tokens.commonRun(child.start, child.run), length - child.start);
      node = common < child.run.length ? split(child, common) : child;
    }
    return node;
  }

  /** Cuts a node in two; returns the upper one, which ends after {@code length} of its tokens. */
  private static Node split(Node lower, int length) {
    Node parent = Objects.requireNonNull(lower.parent);
    Node upper = new Node(Arrays.copyOf(lower.run, length), lower.start, parent);
    upper.used = lower.used;
    parent.children.put(upper.run[0], upper);
    lower.run = Arrays.copyOfRange(lower.run, length, lower.run.length);
    lower.start = upper.end();
    lower.parent = upper;
    upper.children.put(lower.run[0], lower);
    return upper;
  }

  /** Forgets a sequence, all of it. Does nothing if it is not known. */
  public void remove(int sequence) {
    Node end = ends.remove(sequence);
    if (end != null) {
      end.sequences.remove(sequence);
      tidy(end);
    }
  }

  /** Restores the invariant around a node that a sequence has left. */
  private void tidy(Node node) {
    Node parent = node.parent;
    if (parent == null || !node.sequences.isEmpty()) {
      return;
    }
    if (node.children.isEmpty()) {
      parent.children.remove(node.run[0]);
      tidy(parent);
    } else if (node.children.size() == 1) {
      Node child = node.children.values().iterator().next();
      child.run = join(node.run, child.run);
      child.start = node.start;
      child.parent = parent;
      parent.children.put(child.run[0], child);
    }
  }

  private static int[] join(int[] first, int[] second) {
    int[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  /**
   * Forgets the idle sequences that others hold as a whole, and returns them: keeping them would
   * keep no token more.
   */
  public Collection<Integer> removeCovered(IntPredicate idle) {
    Set<Integer> covered = new LinkedHashSet<>();
    for (Map.Entry<Integer, Node> entry : ends.entrySet()) {
      int sequence = entry.getKey();
      Node end = entry.getValue();
      if (idle.test(sequence)
          && (!end.children.isEmpty()
              || end.sequences.stream().anyMatch(s -> s != sequence && !covered.contains(s)))) {
        covered.add(sequence);
      }
    }
    covered.forEach(this::remove);
    return covered;
  }

  /**
   * Forgets the end of the idle sequence that has been of no use for longest: at most what it
   * shares with no other.
   *
   * @param tokens how many to forget, if it has as many; {@link Integer#MAX_VALUE}: all that only
   *     it holds, and itself
   * @return what to cut from the context's memory; empty if nothing is idle
   */
  public Optional<Cut> cut(int tokens, IntPredicate idle) {
    return unusedLeaf(idle).map(leaf -> cut(leaf, Math.max(tokens, LEAST_CUT)));
  }

  /** The idle sequence whose end {@link #cut} would forget. */
  public OptionalInt longestUnused(IntPredicate idle) {
    return unusedLeaf(idle).stream().mapToInt(leaf -> leaf.sequences.iterator().next()).findFirst();
  }

  private Optional<Node> unusedLeaf(IntPredicate idle) {
    return leaves(root)
        .filter(leaf -> leaf.sequences.stream().allMatch(idle::test))
        .min(Comparator.comparingLong(leaf -> leaf.used));
  }

  private Cut cut(Node leaf, int tokens) {
    int sequence = leaf.sequences.iterator().next();
    if (leaf.sequences.size() > 1 || tokens >= leaf.run.length) {
      remove(sequence);
      return new Cut(sequence, 0);
    }
    leaf.run = Arrays.copyOf(leaf.run, leaf.run.length - tokens);
    return new Cut(sequence, leaf.end());
  }

  private static Stream<Node> leaves(Node node) {
    return node.children.isEmpty()
        ? Stream.of(node).filter(leaf -> leaf.parent != null)
        : node.children.values().stream().flatMap(PrefixTree::leaves);
  }

  /** Notes that a sequence was of use just now. */
  public void touch(int sequence) {
    Node end = ends.get(sequence);
    if (end != null) {
      end.used = ++clock;
    }
  }

  /** How many different cells of memory these sequences hold together. */
  public int cells(IntPredicate wanted) {
    Set<Node> seen = new LinkedHashSet<>();
    int cells = 0;
    for (Map.Entry<Integer, Node> entry : ends.entrySet()) {
      if (wanted.test(entry.getKey())) {
        Node node = entry.getValue();
        while (node != null && seen.add(node)) {
          cells += node.run.length;
          node = node.parent;
        }
      }
    }
    return cells;
  }

  /** The sequences that the tree knows, the one that was of use last first. */
  public List<Integer> lastUsedFirst() {
    return ends.entrySet().stream()
        .sorted(Comparator.comparingLong(entry -> -entry.getValue().used))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The tokens of a sequence; none for one that the tree does not know. */
  public TokenList tokens(int sequence) {
    int[] tokens = new int[length(sequence)];
    for (Node node = ends.get(sequence); node != null; node = node.parent) {
      System.arraycopy(node.run, 0, tokens, node.start, node.run.length);
    }
    return new TokenList(tokens);
  }

  /** How many sequences the tree knows. */
  public int size() {
    return ends.size();
  }
}
