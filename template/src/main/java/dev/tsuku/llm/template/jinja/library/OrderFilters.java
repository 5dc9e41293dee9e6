package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Equality;
import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.operation.Order;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Filters that compare items with each other. */
final class OrderFilters {

  static final Table TABLE =
      new Table()
          .add("sort", OrderFilters::sort, "reverse", "case_sensitive", "attribute")
          .add("unique", OrderFilters::unique, "case_sensitive", "attribute")
          .add("min", (v, a, b) -> extreme(v, a, false, b), "case_sensitive", "attribute")
          .add("max", (v, a, b) -> extreme(v, a, true, b), "case_sensitive", "attribute")
          .add("dictsort", OrderFilters::dictsort, "case_sensitive", "by", "reverse")
          .add("groupby", OrderFilters::groupBy, "attribute", "default", "case_sensitive");

  private OrderFilters() {}

  private static Value sort(Value value, BoundArguments arguments, Budget budget) {
    Comparator<Value> order =
        by(key(arguments.truth(1, false), arguments.optional(2), budget), budget);
    return sorted(
        Iteration.items(value, budget),
        arguments.truth(0, false) ? order.reversed() : order,
        budget);
  }

  private static Value unique(Value value, BoundArguments arguments, Budget budget) {
    UnaryOperator<Value> key = key(arguments.truth(0, false), arguments.optional(1), budget);
    Set<Object> seen = new HashSet<>();
    List<Value> kept = new ArrayList<>();
    for (Value item : Iteration.items(value, budget)) {
      budget.elements(1);
      if (seen.add(Mapping.identity(key.apply(item)))) {
        kept.add(item);
      }
    }
    return Sequence.list(kept);
  }

  private static Value extreme(
      Value value, BoundArguments arguments, boolean largest, Budget budget) {
    UnaryOperator<Value> key = key(arguments.truth(0, false), arguments.optional(1), budget);
    List<Value> items = Iteration.items(value, budget);
    if (items.isEmpty()) {
      return new Undefined("an empty list has no smallest and no largest item");
    }
    Value best = items.getFirst();
    for (Value item : items.subList(1, items.size())) {
      int order = Order.compare(key.apply(item), key.apply(best), budget);
      if (largest ? order > 0 : order < 0) {
        best = item;
      }
    }
    return best;
  }

  private static Value dictsort(Value value, BoundArguments arguments, Budget budget) {
    boolean byValue = isByValue(arguments.optionalText(1));
    UnaryOperator<Value> plain = key(arguments.truth(0, false), Optional.empty(), budget);
    Comparator<Value> order =
        by(pair -> plain.apply(((Sequence) pair).items().get(byValue ? 1 : 0)), budget);
    if (!(value instanceof Mapping)) {
      throw TemplateException.failed(value.type() + " is no dictionary to sort");
    }
    List<Value> pairs = Iteration.items(ValueFilters.items(value, budget), budget);
    return sorted(pairs, arguments.truth(2, false) ? order.reversed() : order, budget);
  }

  private static boolean isByValue(Optional<Text> by) {
    return switch (by.map(Text::string).orElse("key")) {
      case "key" -> false;
      case "value" -> true;
      default -> throw TemplateException.failed("a dictionary is sorted by 'key' or 'value'");
    };
  }

  /** Pairs of a key and the items that have it, in the order of the keys. */
  private static Value groupBy(Value value, BoundArguments arguments, Budget budget) {
    UnaryOperator<Value> path = key(true, Optional.of(arguments.at(0)), budget);
    UnaryOperator<Value> key =
        item ->
            path.apply(item) instanceof Undefined ? arguments.or(1, Value.NONE) : path.apply(item);
    UnaryOperator<Value> folded =
        arguments.truth(2, false) ? key : item -> Order.withoutCase(key.apply(item), budget);
    List<Value> groups = new ArrayList<>();
    List<Value> group = new ArrayList<>();
    for (Value item : sorted(Iteration.items(value, budget), by(folded, budget), budget).items()) {
      if (!group.isEmpty()
          && !Equality.equal(folded.apply(item), folded.apply(group.getFirst()), budget)) {
        groups.add(Sequence.tuple(key.apply(group.getFirst()), Sequence.list(group)));
        group.clear();
      }
      group.add(item);
    }
    if (!group.isEmpty()) {
      groups.add(Sequence.tuple(key.apply(group.getFirst()), Sequence.list(group)));
    }
    return Sequence.list(groups);
  }

  private static Sequence sorted(List<Value> items, Comparator<Value> order, Budget budget) {
    budget.elements(items.size());
    return Sequence.list(items.stream().sorted(order).toList());
  }

  private static Comparator<Value> by(UnaryOperator<Value> key, Budget budget) {
    return (a, b) -> Order.compare(key.apply(a), key.apply(b), budget);
  }

  /** What items are compared by. */
  private static UnaryOperator<Value> key(
      boolean caseMatters, Optional<Value> attribute, Budget budget) {
    return item -> {
      Value key = attribute.isPresent() ? Access.path(item, attribute.get(), budget) : item;
      return caseMatters ? key : Order.withoutCase(key, budget);
    };
  }
}
