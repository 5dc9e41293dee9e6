package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When two values are equal: numbers by value whatever their type, the rest by type and content.
 */
public final class Equality {

  private Equality() {}

  /** Whether two values are equal. What is the same is, without a look inside. */
  @SuppressWarnings("ReferenceEquality")
  public static boolean equal(Value a, Value b, Budget budget) {
    budget.step();
    if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
      return Numbers.compare(a, b) == 0 && !Numbers.isNan(a) && !Numbers.isNan(b);
    }
    if (a == b) {
      return true;
    }
    return switch (a) {
      case Text left -> b instanceof Text right && equal(left, right, budget);
      case Sequence left -> b instanceof Sequence right && equal(left, right, budget);
      case Mapping left -> b instanceof Mapping right && equal(left, right, budget);
      case Value.None none -> b instanceof Value.None;
      case Undefined undefined -> b instanceof Undefined;
      default -> false;
    };
  }

  /** Whether one of these is equal to a value. */
  static boolean contains(List<Value> items, Value wanted, Budget budget) {
    for (Value item : items) {
      if (equal(item, wanted, budget)) {
        return true;
      }
    }
    return false;
  }

  private static boolean equal(Text a, Text b, Budget budget) {
    if (a.length() != b.length()) {
      return false;
    }
    budget.look(a.length());
    return a.string().equals(b.string());
  }

  private static boolean equal(Sequence a, Sequence b, Budget budget) {
    if (a.tuple() != b.tuple() || a.items().size() != b.items().size()) {
      return false;
    }
    budget.enter();
    boolean same = true;
    for (int i = 0; same && i < a.items().size(); i++) {
      same = equal(a.items().get(i), b.items().get(i), budget);
    }
    budget.leave();
    return same;
  }

  private static boolean equal(Mapping a, Mapping b, Budget budget) {
    if (a.size() != b.size()) {
      return false;
    }
    budget.enter();
    boolean same = true;
    for (Mapping.Entry entry : a.entries()) {
      @Nullable Value other = b.find(entry.key());
      same = other != null && equal(entry.value(), other, budget);
      if (!same) {
        break;
      }
    }
    budget.leave();
    return same;
  }
}
