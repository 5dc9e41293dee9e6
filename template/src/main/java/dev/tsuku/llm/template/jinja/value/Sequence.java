package dev.tsuku.llm.template.jinja.value;

import java.util.List;

/**
 * A list, or a tuple.
 *
 * @param items never changed by anybody
 */
public record Sequence(List<Value> items, boolean tuple) implements Value {

  /** A list. */
  public static Sequence list(List<? extends Value> items) {
    return new Sequence(List.copyOf(items), false);
  }

  /** A tuple. */
  public static Sequence tuple(Value... items) {
    return new Sequence(List.of(items), true);
  }

  @Override
  public String type() {
    return tuple ? "a tuple" : "a list";
  }
}
