package dev.tsuku.llm.grammar.match;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Behind the whole value. */
final class End extends MatcherState {

  End(Context context) {
    super(context);
  }

  @Override
  public boolean mayBegin(int b) {
    return false;
  }

  @Override
  Iterable<String> ways() {
    return List.of();
  }

  @Override
  List<Object> key() {
    return List.of();
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return null;
  }

  @Override
  public boolean isComplete() {
    return true;
  }
}
