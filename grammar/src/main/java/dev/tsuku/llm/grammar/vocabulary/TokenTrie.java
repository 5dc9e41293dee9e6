package dev.tsuku.llm.grammar.vocabulary;

import dev.tsuku.llm.grammar.regex.Dfa;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Texts in a tree of their bytes, laid out in the order in which it is walked: behind each node
 * come all below it, and a subtree is left out by one step. Several texts may be the same.
 */
public final class TokenTrie {

  private static final int BYTE_MASK = 0xff;

  /** A step takes some nanoseconds. */
  private static final int STEPS_BETWEEN_LOOKS = 256;

  private final byte[] labels;
  private final short[] depths;
  private final int[] ends;

  /** The first text that ends at a node; -1 if none does. */
  private final int[] firsts;

  /** For each text, another one that is the same; -1 if there is none. Empty if no two are. */
  private final int[] others;

  private final int deepest;

  private TokenTrie(
      byte[] labels, short[] depths, int[] ends, int[] firsts, int[] others, int deepest) {
    this.labels = labels;
    this.depths = depths;
    this.ends = ends;
    this.firsts = firsts;
    this.others = others;
    this.deepest = deepest;
  }

  /** A tree of texts in their order. */
  static TokenTrie of(TokenTexts texts, TokenOrder order) {
    int nodes = 0;
    int deepest = 0;
    boolean isRepeated = false;
    for (int i = 0; i < order.size(); i++) {
      int length = texts.length(order.text(i));
      nodes += length - order.shared(i);
      deepest = Math.max(deepest, length);
      isRepeated |= length == order.shared(i);
    }
    byte[] labels = new byte[nodes];
    short[] depths = new short[nodes];
    int[] ends = new int[nodes];
    int[] firsts = new int[nodes];
    int[] others = new int[isRepeated ? texts.size() : 0];
    Arrays.fill(firsts, -1);
    Arrays.fill(others, -1);
    int[] path = new int[deepest + 1];
    int size = 0;
    int last = 0;
    for (int i = 0; i < order.size(); i++) {
      int text = order.text(i);
      int length = texts.length(text);
      int shared = order.shared(i);
      for (int depth = last; depth > shared; depth--) {
        ends[path[depth]] = size;
      }
      for (int depth = shared + 1; depth <= length; depth++) {
        labels[size] = (byte) texts.byteAt(text, depth - 1);
        depths[size] = (short) depth;
        path[depth] = size;
        size++;
      }
      int node = path[length];
      if (isRepeated) {
        others[text] = firsts[node];
      }
      firsts[node] = text;
      last = length;
    }
    for (int depth = last; depth > 0; depth--) {
      ends[path[depth]] = size;
    }
    return new TokenTrie(labels, depths, ends, firsts, others, deepest);
  }

  static TokenTrie readFrom(TableReader in) throws IOException {
    byte[] labels = in.bytes();
    short[] depths = in.shorts();
    int[] ends = in.ints();
    int[] firsts = in.ints();
    int[] others = in.ints();
    in.require(
        depths.length == labels.length
            && ends.length == labels.length
            && firsts.length == labels.length);
    return new TokenTrie(labels, depths, ends, firsts, others, in.number());
  }

  void writeTo(TableWriter out) throws IOException {
    out.bytes(labels);
    out.shorts(depths);
    out.ints(ends);
    out.ints(firsts);
    out.ints(others);
    out.number(deepest);
  }

  /** How many nodes there are. */
  public int size() {
    return labels.length;
  }

  /** The length of the longest text, in bytes. */
  public int deepest() {
    return deepest;
  }

  /** The last byte of a node's text, 0 to 255. */
  public int label(int node) {
    return labels[node] & BYTE_MASK;
  }

  /** The length of a node's text, in bytes, from 1 on. */
  public int depth(int node) {
    return depths[node];
  }

  /** The node behind all that begin like a node. */
  public int end(int node) {
    return ends[node];
  }

  /** Tells the numbers of all texts that are a node's. */
  public void texts(int node, IntConsumer sink) {
    for (int text = firsts[node]; text >= 0; text = other(text)) {
      sink.accept(text);
    }
  }

  private int other(int text) {
    return others.length == 0 ? -1 : others[text];
  }

  /** Sets a bit for each text that is a node's, in longs of 64 each. */
  public void mark(int node, long[] bits) {
    for (int text = firsts[node]; text >= 0; text = other(text)) {
      bits[text >> 6] |= 1L << text;
    }
  }

  /**
   * Sets a bit for each text that an automaton can follow.
   *
   * @param from the state that they are followed from
   * @param goesOn asked now and then; false ends the work
   */
  public void mark(Dfa automaton, int from, long[] bits, BooleanSupplier goesOn) {
    int[] states = new int[deepest + 1];
    states[0] = from;
    int steps = 0;
    for (int node = 0; node < labels.length; ) {
      int depth = depths[node];
      int state = automaton.next(states[depth - 1], labels[node] & BYTE_MASK);
      if (state == Dfa.DEAD) {
        node = ends[node];
      } else {
        states[depth] = state;
        if (firsts[node] >= 0) {
          mark(node, bits);
        }
        node++;
      }
      if (++steps % STEPS_BETWEEN_LOOKS == 0 && !goesOn.getAsBoolean()) {
        return;
      }
    }
  }

  /** Whether a text ends at a node. */
  public boolean hasText(int node) {
    return firsts[node] >= 0;
  }

  /** The node of some bytes, from an index to their end; -1 if no text begins like this. */
  public int find(byte[] bytes, int from) {
    int node = 0;
    int end = labels.length;
    int found = -1;
    for (int i = from; i < bytes.length; i++) {
      while (node < end && labels[node] != bytes[i]) {
        node = ends[node];
      }
      if (node >= end) {
        return -1;
      }
      found = node;
      end = ends[node];
      node++;
    }
    return found;
  }

  /**
   * The longest text that some bytes begin with.
   *
   * @param from where they begin
   * @return its number; -1 if there is none
   */
  public int longest(byte[] bytes, int from) {
    int found = -1;
    int node = 0;
    int end = labels.length;
    for (int i = from; i < bytes.length; i++) {
      while (node < end && labels[node] != bytes[i]) {
        node = ends[node];
      }
      if (node >= end) {
        break;
      }
      if (firsts[node] >= 0) {
        found = firsts[node];
      }
      end = ends[node];
      node++;
    }
    return found;
  }
}
