package dev.tsuku.llm.grammar.match;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** An array or object that is being written. Immutable. */
sealed interface Frame permits ArrayFrame, ObjectFrame {

  /** What it is in; null for the whole. */
  @Nullable Frame parent();

  /** How many it is in. */
  int depth();

  Level level();

  /** Where one is behind a value inside, which some of the nodes it was held against accept. */
  @Nullable Position valueDone(BitSet accepting, Context context);
}
