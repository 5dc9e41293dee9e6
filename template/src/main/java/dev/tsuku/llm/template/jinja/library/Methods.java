package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import org.jspecify.annotations.Nullable;

/** All methods. None changes its value: what would, is not there. */
final class Methods {

  private static final Table TEXT =
      new Table().all(TextMethods.TABLE).all(SearchMethods.TABLE).all(SplitMethods.TABLE);

  private Methods() {}

  /** A method of a value; null if it has none of this name. */
  static @Nullable Value find(Value owner, String name) {
    @Nullable Operation operation =
        switch (owner) {
          case Text text -> TEXT.find(name);
          case Mapping mapping -> CollectionMethods.OF_MAPPINGS.find(name);
          case Sequence sequence -> CollectionMethods.OF_SEQUENCES.find(name);
          default -> null;
        };
    return operation == null ? null : new Method(owner, operation);
  }

  /** A method with the value it belongs to. */
  private record Method(Value owner, Operation operation) implements Special {

    @Override
    public Value call(Arguments arguments, Budget budget) {
      return operation.apply(owner, arguments, budget);
    }

    @Override
    public String type() {
      return "a method";
    }
  }
}
