package dev.tsuku.llm.engine.decode;

import dev.tsuku.llm.engine.backend.BackendContext;
import dev.tsuku.llm.engine.prefix.PrefixTree;
import dev.tsuku.llm.engine.prefix.PrefixTree.Cut;
import dev.tsuku.llm.engine.prefix.PrefixTree.Match;
import dev.tsuku.llm.engine.prefix.TokenList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which sequences of a context are taken, by whom, and what they begin with. Belongs to the decode
 * thread.
 *
 * <p>A sequence is <em>busy</em> while a request works with it. Afterwards it stays, idle, for
 * whatever begins with the same tokens, until its room or its number is needed.
 *
 * <p>Invariant: for every sequence that the {@link PrefixTree} knows, the context holds at least
 * the tokens that the tree says. Whatever the context holds more belongs to busy sequences.
 */
final class ContextMemory {

  /**
   * What a request begins with.
   *
   * @param sequence its own from now on
   * @param length how many of its tokens are there already
   */
  record Taken(int sequence, int length) {}

  private final BackendContext context;
  private final int sequences;
  private final boolean shares;
  private final PrefixTree tree = new PrefixTree();
  private final BitSet taken = new BitSet();
  private final BitSet busy = new BitSet();

  ContextMemory(BackendContext context, int sequences) {
    this.context = context;
    this.sequences = sequences;
    this.shares = context.sharesPrefixes();
  }

  /** How many of the tokens are there already, whoever holds them. */
  int known(TokenList tokens) {
    return tree.longest(tokens).length();
  }

  /**
   * Gives a request a sequence that begins with as many of its tokens as are there already. The
   * last token is never among them, because there would be no logits to go on from.
   */
  Taken take(TokenList tokens) {
    // What is about to be used is not to be what is forgotten for a free number.
    tree.touch(tree.longest(tokens).sequence());
    int sequence = free();
    Match match = tree.longest(tokens);
    int length = Math.min(match.length(), tokens.size() - 1);
    taken.set(sequence);
    busy.set(sequence);
    if (length > 0) {
      context.copy(match.sequence(), sequence, 0, length);
      noteGrown(sequence, tokens, length);
    }
    return new Taken(sequence, length);
  }

  private int free() {
    int free = taken.nextClearBit(0);
    if (free < sequences) {
      return free;
    }
    Cut cut =
        tree.cut(Integer.MAX_VALUE, this::isIdle)
            .orElseThrow(() -> new IllegalStateException("every sequence is busy"));
    apply(cut);
    return cut.sequence();
  }

  private boolean isIdle(int sequence) {
    return !busy.get(sequence);
  }

  /** Notes how many of the tokens a busy sequence holds now, so that others may begin with them. */
  void noteGrown(int sequence, TokenList tokens, int length) {
    if (shares && length > 0) {
      tree.put(sequence, tokens, length);
      tree.removeCovered(this::isIdle).forEach(this::empty);
    }
  }

  /**
   * Takes a busy sequence back to a length, after a batch that was not computed as a whole.
   *
   * @return its length now: 0 if this kind of memory can only forget everything
   */
  int trim(int sequence, int length) {
    if (context.remove(sequence, length, BackendContext.END)) {
      return length;
    }
    context.remove(sequence, 0, BackendContext.END);
    return 0;
  }

  /** The request no longer works with its sequence; what that holds may be used by others. */
  void park(int sequence, TokenList tokens, int length) {
    busy.clear(sequence);
    if (shares && length > 0) {
      tree.put(sequence, tokens, length);
      tree.removeCovered(this::isIdle).forEach(this::empty);
    } else {
      drop(sequence);
    }
  }

  /** Forgets a sequence, busy or not. */
  void drop(int sequence) {
    busy.clear(sequence);
    tree.remove(sequence);
    empty(sequence);
  }

  private void empty(int sequence) {
    context.remove(sequence, 0, BackendContext.END);
    taken.clear(sequence);
  }

  /**
   * Forgets what has been of no use for longest.
   *
   * @param tokens how many cells are needed, about
   * @return false if nothing is idle
   */
  boolean makeRoom(int tokens) {
    Optional<Cut> cut = tree.cut(tokens, this::isIdle);
    cut.ifPresent(this::apply);
    return cut.isPresent();
  }

  private void apply(Cut cut) {
    if (cut.length() == 0) {
      empty(cut.sequence());
    } else {
      context.remove(cut.sequence(), cut.length(), BackendContext.END);
    }
  }

  /** The sequence that would be forgotten first, if any is idle. */
  OptionalInt longestIdle() {
    return tree.longestUnused(this::isIdle);
  }

  /** Forgets what only this idle sequence holds, and itself. */
  void forgetEnd(int sequence) {
    tree.remove(sequence);
    empty(sequence);
  }

  /** The sequences that are known, the one that was of use last first. */
  List<Integer> lastUsedFirst() {
    return tree.lastUsedFirst();
  }

  /** What is known of a sequence. */
  TokenList tokens(int sequence) {
    return tree.tokens(sequence);
  }

  /** Cells of memory that no request works with, but some later one may. */
  int idleCells() {
    return tree.cells(sequence -> true) - busyCells();
  }

  /** Different cells that busy sequences are known to hold; those not noted are not counted. */
  int busyCells() {
    return tree.cells(busy::get);
  }

  /** How many tokens of a sequence have been noted. */
  int noted(int sequence) {
    return tree.length(sequence);
  }

  /** Forgets everything. */
  void clear() {
    for (int i = taken.nextSetBit(0); i >= 0; i = taken.nextSetBit(i + 1)) {
      drop(i);
    }
    context.clear();
  }
}
