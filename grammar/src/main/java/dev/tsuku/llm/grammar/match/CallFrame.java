package dev.tsuku.llm.grammar.match;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The call that a value is the arguments of.
 *
 * @param tool its index
 */
record CallFrame(Calls calls, int tool) implements Frame {

  @Override
  public @Nullable Frame parent() {
    return null;
  }

  @Override
  public int depth() {
    return 0;
  }

  @Override
  public @Nullable MatcherState valueDone(BitSet accepting, Context context) {
    return accepting.get(0) ? calls.behind(context.ofTool(Context.NO_TOOL)) : null;
  }
}
