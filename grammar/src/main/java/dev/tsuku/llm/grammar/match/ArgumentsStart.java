package dev.tsuku.llm.grammar.match;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Before the arguments of a call, which are an object. */
final class ArgumentsStart extends MatcherState {

  private final MatcherState value;
  private final int tool;

  ArgumentsStart(MatcherState value, int tool, Context context) {
    super(context);
    this.value = value;
    this.tool = tool;
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return b == '{' ? value.step(b, after.ofTool(tool)) : null;
  }

  @Override
  public boolean mayBegin(int b) {
    return b == '{';
  }

  @Override
  public String pointer() {
    return value.pointer();
  }

  @Override
  Iterable<String> ways() {
    return List.of("{");
  }

  @Override
  public Part part() {
    return Part.NOTATION;
  }

  @Override
  List<Object> key() {
    return List.of(value, tool);
  }
}
