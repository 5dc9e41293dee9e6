package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Arithmetic;
import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.syntax.Expression.BinaryOperator;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Filters of lists that keep their order. */
final class ListFilters {

  static final Table TABLE =
      new Table()
          .add("length", (v, a, b) -> Value.of(Iteration.length(v, b)))
          .alias("count", "length")
          .add("list", (v, a, b) -> new Sequence(Iteration.items(v, b), false))
          .add("first", (v, a, b) -> end(v, true, b))
          .add("last", (v, a, b) -> end(v, false, b))
          .add("reverse", (v, a, b) -> reversed(v, b))
          .add("sum", ListFilters::sum, "attribute", "start")
          .add("batch", ListFilters::batch, "linecount", "fill_with")
          .add("slice", ListFilters::slice, "slices", "fill_with");

  private ListFilters() {}

  private static Value end(Value value, boolean first, Budget budget) {
    List<Value> items = Iteration.items(value, budget);
    if (items.isEmpty()) {
      return new Undefined("an empty list has no " + (first ? "first" : "last") + " item");
    }
    return first ? items.getFirst() : items.getLast();
  }

  private static Value reversed(Value value, Budget budget) {
    List<Value> items = Iteration.items(value, budget);
    if (value instanceof Text) {
      TextBuilder out = new TextBuilder(budget);
      items.reversed().forEach(character -> out.append((Text) character));
      return out.build();
    }
    budget.elements(items.size());
    return Sequence.list(items.reversed());
  }

  private static Value sum(Value value, BoundArguments arguments, Budget budget) {
    Optional<Value> attribute = arguments.optional(0);
    Value sum = arguments.or(1, Value.of(0));
    for (Value item : Iteration.items(value, budget)) {
      Value part = attribute.isPresent() ? Access.path(item, attribute.get(), budget) : item;
      sum = Arithmetic.apply(BinaryOperator.ADD, sum, part, budget);
    }
    return sum;
  }

  private static Value batch(Value value, BoundArguments arguments, Budget budget) {
    List<Value> items = Iteration.items(value, budget);
    int size = arguments.number(0, 0);
    if (size < 1) {
      throw TemplateException.failed("a batch has less than one item");
    }
    List<Value> batches = new ArrayList<>();
    for (int from = 0;
        from < items.size();
        from = (int) Math.min((long) from + size, items.size())) {
      int to = (int) Math.min((long) from + size, items.size());
      List<Value> batch = new ArrayList<>(items.subList(from, to));
      if (arguments.optional(1).isPresent()) {
        fill(batch, size, arguments.at(1), budget);
      }
      budget.elements(batch.size());
      batches.add(Sequence.list(batch));
    }
    return Sequence.list(batches);
  }

  private static Value slice(Value value, BoundArguments arguments, Budget budget) {
    List<Value> items = Iteration.items(value, budget);
    int count = arguments.number(0, 0);
    if (count < 1) {
      throw TemplateException.failed("a list is cut into less than one slice");
    }
    budget.elements((long) items.size() + count);
    int each = items.size() / count;
    int larger = items.size() % count;
    List<Value> slices = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      int to = from + each + (i < larger ? 1 : 0);
      List<Value> slice = new ArrayList<>(items.subList(from, to));
      if (arguments.optional(1).isPresent() && larger > 0 && i >= larger) {
        slice.add(arguments.at(1));
      }
      slices.add(Sequence.list(slice));
      from = to;
    }
    return Sequence.list(slices);
  }

  private static void fill(List<Value> batch, int size, Value with, Budget budget) {
    budget.elements((long) size - batch.size());
    while (batch.size() < size) {
      batch.add(with);
    }
  }
}
