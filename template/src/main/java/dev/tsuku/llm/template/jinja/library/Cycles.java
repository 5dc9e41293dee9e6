package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What gives something else each time it is asked. Belongs to the thread of its rendering. */
final class Cycles {

  private Cycles() {}

  /** Gives nothing at first, then always the same. */
  static Value joiner(Arguments arguments, Budget budget) {
    Value between = BoundArguments.bind(List.of("sep"), arguments).or(0, Text.format(", "));
    return new Joiner(between);
  }

  /** Gives its items in turn. */
  static Value cycler(Arguments arguments, Budget budget) {
    if (arguments.positional().isEmpty()) {
      throw TemplateException.failed("a cycler has no items");
    }
    return new Cycler(arguments.positional());
  }

  private static final class Joiner implements Special {

    private final Value between;
    private boolean used;

    Joiner(Value between) {
      this.between = between;
    }

    @Override
    public Value call(Arguments arguments, Budget budget) {
      boolean first = !used;
      used = true;
      return first ? Text.EMPTY : between;
    }

    @Override
    public String type() {
      return "a joiner";
    }
  }

  private static final class Cycler implements Special {

    private final List<Value> items;
    private int at;

    Cycler(List<Value> items) {
      this.items = items;
    }

    @Override
    public @Nullable Value attribute(String name) {
      return switch (name) {
        case "current" -> items.get(at);
        case "next" ->
            new Function(
                (arguments, budget) -> {
                  Value current = items.get(at);
                  at = (at + 1) % items.size();
                  return current;
                });
        case "reset" ->
            new Function(
                (arguments, budget) -> {
                  at = 0;
                  return Value.NONE;
                });
        default -> null;
      };
    }

    @Override
    public boolean callable() {
      return false;
    }

    @Override
    public Value call(Arguments arguments, Budget budget) {
      throw TemplateException.failed("a cycler cannot be called");
    }

    @Override
    public String type() {
      return "a cycler";
    }
  }
}
