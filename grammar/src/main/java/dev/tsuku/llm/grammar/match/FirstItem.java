package dev.tsuku.llm.grammar.match;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Behind the bracket that opens an array. */
final class FirstItem extends MatcherState {

  private final ArrayFrame frame;
  private final @Nullable MatcherState item;

  FirstItem(ArrayFrame frame, Context context, @Nullable MatcherState item) {
    super(context);
    this.frame = frame;
    this.item = item;
  }

  @Override
  public boolean mayBegin(int b) {
    return b == ']' || (item != null && item.mayBegin(b));
  }

  @Override
  public String pointer() {
    return frame.level().pointer();
  }

  @Override
  public int breadth() {
    return frame.level().size();
  }

  @Override
  Iterable<String> ways() {
    return item == null || frame.mayClose() ? List.of("]") : item.ways();
  }

  @Override
  List<Object> key() {
    return List.of(frame);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return b == ']' ? frame.close(after) : item == null ? null : item.step(b, after);
  }
}
