package dev.tsuku.llm.grammar.match;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Behind the brace that opens an object. */
final class FirstKey extends MatcherState {

  private final ObjectFrame frame;

  FirstKey(ObjectFrame frame, Context context) {
    super(context);
    this.frame = frame;
  }

  @Override
  public boolean mayBegin(int b) {
    return b == '}' || b == '"';
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
    return frame.mayClose() ? List.of("}") : frame.nameWays("\"");
  }

  @Override
  List<Object> key() {
    return List.of(frame);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return switch (b) {
      case '}' -> frame.close(after);
      case '"' -> frame.key(after);
      default -> null;
    };
  }

  @Override
  public List<String> names() {
    return frame.names().list();
  }
}
