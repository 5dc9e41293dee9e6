package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.JsonWriter;
import dev.tsuku.llm.template.jinja.operation.Numbers;
import dev.tsuku.llm.template.jinja.operation.Printing;
import dev.tsuku.llm.template.jinja.operation.Truth;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Filters that take any value. */
final class ValueFilters {

  static final Table TABLE =
      new Table()
          .add("default", ValueFilters::fallback, "default_value", "boolean")
          .alias("d", "default")
          .add("string", (value, arguments, budget) -> Printing.text(value, budget))
          .add("pprint", (value, arguments, budget) -> Printing.quoted(value, budget))
          .add("items", (value, arguments, budget) -> items(value, budget))
          .add(
              "attr",
              (value, arguments, budget) -> Access.ownAttribute(value, arguments.text(0)),
              "name")
          .add("tojson", ValueFilters::json, "ensure_ascii", "indent", "separators", "sort_keys");

  private ValueFilters() {}

  private static Value fallback(Value value, BoundArguments arguments, Budget budget) {
    boolean missing = value instanceof Undefined || (arguments.truth(1, false) && !Truth.of(value));
    return missing ? arguments.or(0, Text.EMPTY) : value;
  }

  /** The pairs of a dictionary. */
  static Value items(Value value, Budget budget) {
    return switch (value) {
      case Mapping mapping -> {
        budget.elements(mapping.size() * 2L);
        List<Value> pairs = new ArrayList<>(mapping.size());
        mapping.entries().forEach(e -> pairs.add(Sequence.tuple(e.key(), e.value())));
        yield Sequence.list(pairs);
      }
      case Undefined undefined -> Sequence.list(List.of());
      default -> throw TemplateException.failed(value.type() + " has no items");
    };
  }

  private static Value json(Value value, BoundArguments arguments, Budget budget) {
    Optional<Value> indent = arguments.optional(1);
    Optional<Value> separators = arguments.optional(2);
    String item = indent.isPresent() ? "," : ", ";
    String key = ": ";
    if (separators.isPresent()) {
      if (!(separators.get() instanceof Sequence(List<Value> both, boolean tuple)
          && both.size() == 2
          && both.getFirst() instanceof Text first
          && both.getLast() instanceof Text second)) {
        throw TemplateException.failed("the separators of JSON are not two strings");
      }
      item = first.string();
      key = second.string();
    }
    return JsonWriter.write(
        value,
        new JsonWriter.Style(
            arguments.truth(0, false),
            indent.map(i -> indent(i, budget)).orElse(null),
            item,
            key,
            arguments.truth(3, false)),
        budget);
  }

  private static @Nullable String indent(Value indent, Budget budget) {
    if (indent instanceof Text text) {
      return text.string();
    }
    int width = Math.max(0, Numbers.clamped(indent));
    budget.write(width);
    return " ".repeat(width);
  }
}
