package dev.tsuku.llm.grammar.match;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Before the quote of a name. */
final class NextKey extends MatcherState {

  private final ObjectFrame frame;

  NextKey(ObjectFrame frame, Context context) {
    super(context);
    this.frame = frame;
  }

  @Override
  public boolean mayBegin(int b) {
    return b == '"';
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
    return frame.nameWays("\"");
  }

  @Override
  List<Object> key() {
    return List.of(frame);
  }

  @Override
  MatcherState in(Context other) {
    return new NextKey(frame, other);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return b == '"' ? frame.key(after) : null;
  }

  @Override
  public List<String> names() {
    return frame.names().list().subList(frame.next(), frame.names().size());
  }
}
