package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.Locale;

/** Which of two values comes first: numbers, strings by code point, sequences item by item. */
public final class Order {

  private Order() {}

  /** Whether {@code a < b}, or also {@code a == b}. */
  public static boolean less(Value a, Value b, boolean orEqual, Budget budget) {
    if (Numbers.isNan(a) || Numbers.isNan(b)) {
      return false;
    }
    int order = compare(a, b, budget);
    return order < 0 || (orEqual && order == 0);
  }

  /** Less than 0, 0 or more than 0, as the first comes before, with or behind the second. */
  public static int compare(Value a, Value b, Budget budget) {
    budget.step();
    if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
      return Numbers.compare(a, b);
    }
    if (a instanceof Text left && b instanceof Text right) {
      budget.look(Math.min(left.length(), right.length()));
      return codePoints(left.string(), right.string());
    }
    if (a instanceof Sequence left
        && b instanceof Sequence right
        && left.tuple() == right.tuple()) {
      return compare(left, right, budget);
    }
    if (a instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    if (b instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    throw TemplateException.failed(a.type() + " and " + b.type() + " have no order");
  }

  /** The value as sorting without regard to case sees it. */
  public static Value withoutCase(Value value, Budget budget) {
    return value instanceof Text text
        ? text.map(chars -> chars.toLowerCase(Locale.ROOT), budget)
        : value;
  }

  private static int compare(Sequence a, Sequence b, Budget budget) {
    budget.enter();
    int shorter = Math.min(a.items().size(), b.items().size());
    int order = 0;
    for (int i = 0; order == 0 && i < shorter; i++) {
      Value left = a.items().get(i);
      Value right = b.items().get(i);
      order = Equality.equal(left, right, budget) ? 0 : compare(left, right, budget);
    }
    budget.leave();
    return order == 0 ? Integer.compare(a.items().size(), b.items().size()) : order;
  }

  /** UTF-16 units have another order than code points only where surrogates meet what is above. */
  private static int codePoints(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int i = 0; i < shorter; i++) {
      char left = a.charAt(i);
      char right = b.charAt(i);
      if (left != right) {
        return Character.isSurrogate(left) == Character.isSurrogate(right)
            ? Character.compare(left, right)
            : Character.isSurrogate(left) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
