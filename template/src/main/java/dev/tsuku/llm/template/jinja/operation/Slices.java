package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.List;

/** Parts of strings and lists: {@code [from:to:step]}, each of them negative or left out. */
public final class Slices {

  private Slices() {}

  /** What a slice is asked for; None stands for what is left out. */
  public record Bounds(Value from, Value to, Value step) {}

  /** Which indexes are meant. */
  private record Range(int from, int to, int step) {

    int count() {
      long span = step > 0 ? (long) to - from : (long) from - to;
      long stride = Math.abs((long) step);
      return span <= 0 ? 0 : (int) ((span + stride - 1) / stride);
    }
  }

  /** The part of a value. */
  public static Value slice(Value owner, Bounds bounds, Budget budget) {
    return switch (owner) {
      case Text text -> slice(text, bounds, budget);
      case Sequence(List<Value> items, boolean tuple) ->
          new Sequence(slice(items, range(bounds, items.size()), budget), tuple);
      case Undefined undefined -> throw undefined.refusal();
      default -> throw TemplateException.failed(owner.type() + " cannot be sliced");
    };
  }

  private static List<Value> slice(List<Value> items, Range range, Budget budget) {
    int count = range.count();
    if (range.step == 1) {
      // A view: templates walk a list by cutting off its first item again and again.
      return count == 0 ? List.of() : items.subList(range.from, range.to);
    }
    budget.elements(count);
    List<Value> picked = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      picked.add(items.get(range.from + i * range.step));
    }
    return List.copyOf(picked);
  }

  private static Text slice(Text text, Bounds bounds, Budget budget) {
    int length = CodePoints.count(text, budget);
    Range range = range(bounds, length);
    int count = range.count();
    if (count == 0) {
      return Text.EMPTY;
    }
    if (range.step == 1) {
      int from = CodePoints.index(text, range.from);
      int to = text.string().offsetByCodePoints(from, count);
      return text.slice(from, to, budget);
    }
    List<Value> characters = Iteration.items(text, budget);
    TextBuilder picked = new TextBuilder(budget);
    for (int i = 0; i < count; i++) {
      picked.append((Text) characters.get(range.from + i * range.step));
    }
    return picked.build();
  }

  private static Range range(Bounds bounds, int length) {
    int step = bounds.step instanceof Value.None ? 1 : index(bounds.step);
    if (step == 0) {
      throw TemplateException.failed("the step of a slice is 0");
    }
    int lowest = step > 0 ? 0 : -1;
    int highest = step > 0 ? length : length - 1;
    int from =
        bounds.from instanceof Value.None
            ? (step > 0 ? lowest : highest)
            : bound(bounds.from, length, lowest, highest);
    int to =
        bounds.to instanceof Value.None
            ? (step > 0 ? highest : lowest)
            : bound(bounds.to, length, lowest, highest);
    return new Range(from, to, step);
  }

  private static int bound(Value value, int length, int lowest, int highest) {
    long index = index(value);
    return Math.clamp(index < 0 ? index + length : index, lowest, highest);
  }

  private static int index(Value value) {
    if (value instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    if (!Numbers.isWhole(value)) {
      throw TemplateException.failed("a slice goes from integer to integer, not " + value.type());
    }
    return Math.max(Numbers.clamped(value), -Integer.MAX_VALUE);
  }
}
