package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Equality;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.List;

/** Methods of dictionaries and lists. */
final class CollectionMethods {

  static final Table OF_MAPPINGS =
      new Table()
          .add("get", (v, a, b) -> get((Mapping) v, a), "key", "default")
          .add("items", (v, a, b) -> ValueFilters.items(v, b))
          .add("keys", (v, a, b) -> keys((Mapping) v, b))
          .add("values", (v, a, b) -> values((Mapping) v, b))
          .add("copy", (v, a, b) -> v);

  static final Table OF_SEQUENCES =
      new Table()
          .add("index", (v, a, b) -> index((Sequence) v, a.at(0), b), "value")
          .add("count", (v, a, b) -> count((Sequence) v, a.at(0), b), "value")
          .add("copy", (v, a, b) -> v);

  private CollectionMethods() {}

  private static Value get(Mapping mapping, BoundArguments arguments) {
    Value found = mapping.find(arguments.at(0));
    return found == null ? arguments.or(1, Value.NONE) : found;
  }

  private static Value keys(Mapping mapping, Budget budget) {
    budget.elements(mapping.size());
    return Sequence.list(mapping.keys());
  }

  private static Value values(Mapping mapping, Budget budget) {
    budget.elements(mapping.size());
    List<Value> values = new ArrayList<>(mapping.size());
    mapping.entries().forEach(entry -> values.add(entry.value()));
    return Sequence.list(values);
  }

  private static Value index(Sequence sequence, Value wanted, Budget budget) {
    for (int i = 0; i < sequence.items().size(); i++) {
      if (Equality.equal(sequence.items().get(i), wanted, budget)) {
        return Value.of(i);
      }
    }
    throw TemplateException.failed("a value is not found in a list");
  }

  private static Value count(Sequence sequence, Value wanted, Budget budget) {
    int count = 0;
    for (Value item : sequence.items()) {
      if (Equality.equal(item, wanted, budget)) {
        count++;
      }
    }
    return Value.of(count);
  }
}
