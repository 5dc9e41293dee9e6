package dev.tsuku.llm.grammar.match;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Behind a name. */
final class Colon extends MatcherState {

  private final ObjectFrame frame;
  private final NodeSet wanted;

  Colon(ObjectFrame frame, Context context, NodeSet wanted) {
    super(context);
    this.frame = frame;
    this.wanted = wanted;
  }

  @Override
  public boolean mayBegin(int b) {
    return b == ':';
  }

  @Override
  public String pointer() {
    return wanted.pointer();
  }

  @Override
  public int breadth() {
    return wanted.nodes().size();
  }

  @Override
  Iterable<String> ways() {
    return List.of(":");
  }

  @Override
  List<Object> key() {
    return List.of(frame, wanted);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return b == ':' ? spaced(new ValueStart(frame, after, wanted), after) : null;
  }
}
