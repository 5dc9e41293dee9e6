package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.operation.Truth;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Filters that apply a filter or a test to each item. */
final class SelectionFilters {

  static final Table TABLE =
      new Table()
          .raw("map", SelectionFilters::map)
          .raw("select", (v, a, b) -> pick(v, test(a, b), b))
          .raw("reject", (v, a, b) -> pick(v, test(a, b).negate(), b))
          .raw("selectattr", (v, a, b) -> pick(v, attributeTest(a, b), b))
          .raw("rejectattr", (v, a, b) -> pick(v, attributeTest(a, b).negate(), b));

  private SelectionFilters() {}

  private static Value map(Value value, Arguments arguments, Budget budget) {
    List<Value> items = items(value, budget);
    budget.elements(items.size());
    List<Value> results = new ArrayList<>(items.size());
    Value attribute = arguments.named().get("attribute");
    if (attribute != null && arguments.positional().isEmpty()) {
      Value fallback = arguments.named().get("default");
      for (Value item : items) {
        Value found = Access.path(item, attribute, budget);
        results.add(found instanceof Undefined && fallback != null ? fallback : found);
      }
    } else {
      String filter = name(arguments, 0);
      Arguments rest = rest(arguments, 1);
      for (Value item : items) {
        results.add(Filters.apply(filter, item, rest, budget));
      }
    }
    return Sequence.list(results);
  }

  /** What is false has no items, also where going through it would be a mistake. */
  private static List<Value> items(Value value, Budget budget) {
    return Truth.of(value) ? Iteration.items(value, budget) : List.of();
  }

  private static Value pick(Value value, Predicate<Value> condition, Budget budget) {
    List<Value> items = items(value, budget);
    budget.elements(items.size());
    return Sequence.list(items.stream().filter(condition).toList());
  }

  /** The test that the arguments name; without one, truth. */
  private static Predicate<Value> test(Arguments arguments, Budget budget) {
    if (arguments.positional().isEmpty()) {
      return Truth::of;
    }
    String name = name(arguments, 0);
    Arguments rest = rest(arguments, 1);
    return item -> Tests.apply(name, item, rest, budget);
  }

  private static Predicate<Value> attributeTest(Arguments arguments, Budget budget) {
    if (arguments.positional().isEmpty()) {
      throw TemplateException.failed("the name of an attribute is missing");
    }
    Value path = arguments.positional().getFirst();
    Predicate<Value> test = test(rest(arguments, 1), budget);
    return item -> test.test(Access.path(item, path, budget));
  }

  private static String name(Arguments arguments, int index) {
    if (arguments.positional().size() > index
        && arguments.positional().get(index) instanceof Text name) {
      return name.string();
    }
    throw TemplateException.failed("the name of a filter or test is missing");
  }

  private static Arguments rest(Arguments arguments, int from) {
    List<Value> positional = arguments.positional();
    return new Arguments(
        positional.subList(from, positional.size()), Map.copyOf(arguments.named()));
  }
}
