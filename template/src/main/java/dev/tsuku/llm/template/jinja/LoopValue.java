package dev.tsuku.llm.template.jinja;

import dev.tsuku.llm.template.jinja.operation.Equality;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * {@code loop}: how far a loop is. Called, a recursive loop goes through other items and gives what
 * it renders. Belongs to the thread of its rendering.
 */
final class LoopValue implements Special {

  private final LoopItems items;
  private final int depth;
  private final UnaryOperator<Value> recursion;
  private int index = -1;
  private @Nullable Value lastSeen;

  LoopValue(LoopItems items, int depth, UnaryOperator<Value> recursion) {
    this.items = items;
    this.depth = depth;
    this.recursion = recursion;
  }

  /** Goes to the next item. */
  void advance() {
    index++;
  }

  @Override
  public @Nullable Value attribute(String name) {
    return switch (name) {
      case "index" -> Value.of(index + 1L);
      case "index0" -> Value.of(index);
      case "revindex" -> Value.of(items.size() - (long) index);
      case "revindex0" -> Value.of(items.size() - 1L - index);
      case "first" -> Value.of(index == 0);
      case "last" -> Value.of(!items.has(index + 1));
      case "length" -> Value.of(items.size());
      case "depth" -> Value.of(depth + 1L);
      case "depth0" -> Value.of(depth);
      case "previtem" -> neighbour(index - 1);
      case "nextitem" -> neighbour(index + 1);
      case "cycle" -> new Asked(this::cycle);
      case "changed" -> new Asked(this::changed);
      default -> null;
    };
  }

  @Override
  public Value call(Arguments arguments, Budget budget) {
    if (arguments.positional().size() != 1) {
      throw TemplateException.failed("a loop goes through one thing at a time");
    }
    return recursion.apply(arguments.positional().getFirst());
  }

  @Override
  public String type() {
    return "a loop";
  }

  private Value neighbour(int at) {
    return items.has(at)
        ? items.get(at)
        : new Undefined("there is no item beyond the ends of a loop");
  }

  private Value cycle(Arguments arguments, Budget budget) {
    List<Value> choices = arguments.positional();
    if (choices.isEmpty()) {
      throw TemplateException.failed("a loop cycles through nothing");
    }
    return choices.get(index % choices.size());
  }

  private Value changed(Arguments arguments, Budget budget) {
    Value seen = new Sequence(arguments.positional(), true);
    boolean changed = lastSeen == null || !Equality.equal(lastSeen, seen, budget);
    lastSeen = seen;
    return Value.of(changed);
  }

  /** A question to the loop. */
  private record Asked(BiFunction<Arguments, Budget, Value> answer) implements Special {

    @Override
    public Value call(Arguments arguments, Budget budget) {
      return answer.apply(arguments, budget);
    }

    @Override
    public String type() {
      return "a method";
    }
  }
}
