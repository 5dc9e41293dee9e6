package dev.tsuku.llm.grammar.match;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Behind an item of an array. */
final class AfterItem extends MatcherState {

  private final ArrayFrame frame;

  AfterItem(ArrayFrame frame, Context context) {
    super(context);
    this.frame = frame;
  }

  @Override
  public boolean mayBegin(int b) {
    return b == ']' || b == ',';
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
    return frame.mayClose() ? List.of("]") : List.of(",");
  }

  @Override
  List<Object> key() {
    return List.of(frame);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return switch (b) {
      case ']' -> frame.close(after);
      case ',' -> spaced(frame.item(after), after);
      default -> null;
    };
  }
}
