package dev.tsuku.llm.template.jinja.value;

import java.util.List;
import java.util.Map;

/** What a call is given, in the order of writing. */
public record Arguments(List<Value> positional, Map<String, Value> named) {

  /** No arguments. */
  public static final Arguments NONE = new Arguments(List.of(), Map.of());

  /** Arguments without names. */
  public static Arguments of(Value... positional) {
    return new Arguments(List.of(positional), Map.of());
  }
}
