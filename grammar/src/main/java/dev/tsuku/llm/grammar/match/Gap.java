package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.match.Context.Spacing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a space may stand, or has to. */
final class Gap extends MatcherState {

  private final MatcherState then;

  Gap(MatcherState then, Context context) {
    super(context);
    this.then = then;
  }

  @Override
  public boolean mayBegin(int b) {
    return b == ' ' || then.mayBegin(b);
  }

  @Override
  public String pointer() {
    return then.pointer();
  }

  @Override
  public int breadth() {
    return then.breadth();
  }

  @Override
  Iterable<String> ways() {
    return context.spacing() == Spacing.SPACE ? List.of(" ") : then.ways();
  }

  @Override
  List<Object> key() {
    return List.of(then);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    if (b == ' ') {
      return then.in(after.spaced(Spacing.SPACE));
    }
    return context.spacing() == Spacing.SPACE
        ? null
        : then.in(context.spaced(Spacing.NONE)).next(b);
  }

  @Override
  public List<String> names() {
    return then.names();
  }
}
