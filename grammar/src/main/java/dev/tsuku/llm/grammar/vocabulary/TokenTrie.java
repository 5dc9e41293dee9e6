package dev.tsuku.llm.grammar.vocabulary;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Texts in a tree of their bytes, laid out in the order in which it is walked: behind each node
 * come all below it, and a subtree is left out by one step. Several texts may be the same.
 */
public final class TokenTrie {

  private static final int BYTE_MASK = 0xff;

  private final byte[] labels;
  private final short[] depths;
  private final int[] ends;

  /** The first text that ends at a node; -1 if none does. */
  private final int[] firsts;

  /** For each text, another one that is the same; -1 if there is no other. */
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

  /**
   * A tree of some of the texts.
   *
   * @param texts all of them, by their numbers
   * @param sorted the numbers of those that are in it, in the order of their bytes, unsigned; none
   *     of the texts is empty
   */
  static TokenTrie of(byte[][] texts, int[] sorted) {
    int nodes = 0;
    int deepest = 0;
    byte[] last = {};
    for (int text : sorted) {
      nodes += texts[text].length - common(last, texts[text]);
      deepest = Math.max(deepest, texts[text].length);
      last = texts[text];
    }
    byte[] labels = new byte[nodes];
    short[] depths = new short[nodes];
    int[] ends = new int[nodes];
    int[] firsts = new int[nodes];
    int[] others = new int[texts.length];
    Arrays.fill(firsts, -1);
    Arrays.fill(others, -1);
    int[] path = new int[deepest + 1];
    int size = 0;
    last = new byte[0];
    for (int text : sorted) {
      byte[] bytes = texts[text];
      int shared = common(last, bytes);
      for (int depth = last.length; depth > shared; depth--) {
        ends[path[depth]] = size;
      }
      for (int depth = shared + 1; depth <= bytes.length; depth++) {
        labels[size] = bytes[depth - 1];
        depths[size] = (short) depth;
        path[depth] = size;
        size++;
      }
      int node = path[bytes.length];
      others[text] = firsts[node];
      firsts[node] = text;
      last = bytes;
    }
    for (int depth = last.length; depth > 0; depth--) {
      ends[path[depth]] = size;
    }
    return new TokenTrie(labels, depths, ends, firsts, others, deepest);
  }

  private static int common(byte[] one, byte[] other) {
    int mismatch = Arrays.mismatch(one, other);
    return mismatch < 0 ? one.length : mismatch;
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
    for (int text = firsts[node]; text >= 0; text = others[text]) {
      sink.accept(text);
    }
  }

  /** Sets a bit for each text that is a node's, in longs of 64 each. */
  public void mark(int node, long[] bits) {
    for (int text = firsts[node]; text >= 0; text = others[text]) {
      bits[text >> 6] |= 1L << text;
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
