package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operations by name. Filled once, read by all. */
final class Table {

  private final Map<String, Operation> operations = new HashMap<>();

  /** An operation that takes its arguments as they come. */
  Table raw(String name, Operation operation) {
    operations.put(name, operation);
    return this;
  }

  /** An operation with these parameters. */
  Table add(String name, Operation.Bound operation, String... parameters) {
    List<String> names = List.of(parameters);
    return raw(
        name,
        (subject, arguments, budget) ->
            operation.apply(subject, BoundArguments.bind(names, arguments), budget));
  }

  /** An operation on texts with these parameters. */
  Table text(String name, Operation.OnText operation, String... parameters) {
    return add(
        name,
        (subject, arguments, budget) -> {
          if (!(subject instanceof Text text)) {
            throw TemplateException.failed("'" + name + "' means nothing on " + subject.type());
          }
          return operation.apply(text, arguments, budget);
        },
        parameters);
  }

  /** Another name for an operation. */
  Table alias(String name, String of) {
    Operation operation = operations.get(of);
    if (operation == null) {
      throw new IllegalArgumentException("there is no '" + of + "'");
    }
    return raw(name, operation);
  }

  /** All operations of another table. */
  Table all(Table other) {
    operations.putAll(other.operations);
    return this;
  }

  @Nullable Operation find(String name) {
    return operations.get(name);
  }
}
