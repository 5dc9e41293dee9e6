package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Namespace;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.math.BigInteger;
import java.util.List;

/** What counts as true: what is not zero, not empty and not nothing. */
public final class Truth {

  private Truth() {}

  /** Whether a value counts as true. */
  public static boolean of(Value value) {
    return switch (value) {
      case Value.None none -> false;
      case Undefined undefined -> false;
      case Value.Bool(boolean truth) -> truth;
      case Value.Int(BigInteger number) -> number.signum() != 0;
      case Value.Real(double number) -> number != 0;
      case Text text -> !text.isEmpty();
      case Sequence(List<Value> items, boolean tuple) -> !items.isEmpty();
      case Mapping mapping -> mapping.size() > 0;
      case Namespace namespace -> true;
      case Special special -> true;
    };
  }
}
