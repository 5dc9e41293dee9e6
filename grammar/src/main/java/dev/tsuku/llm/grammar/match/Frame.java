package dev.tsuku.llm.grammar.match;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** An array or object that is being written, or the call that a value is in. Immutable. */
sealed interface Frame permits ArrayFrame, CallFrame, ObjectFrame {

  /** What it is in; null for the whole. */
  @Nullable Frame parent();

  /** How many it is in. */
  int depth();

  /** Where one is behind a value inside, which some of the nodes it was held against accept. */
  @Nullable MatcherState valueDone(BitSet accepting, Context context);
}
