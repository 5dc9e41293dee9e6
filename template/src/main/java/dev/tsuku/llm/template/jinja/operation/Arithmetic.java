package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.syntax.Expression.BinaryOperator;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The operators of two values: on numbers, and what Python also gives to strings and lists. */
public final class Arithmetic {

  private Arithmetic() {}

  /** {@code left operator right}. */
  public static Value apply(BinaryOperator operator, Value left, Value right, Budget budget) {
    if (left instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    if (right instanceof Undefined undefined && !(left instanceof Text)) {
      throw undefined.refusal();
    }
    return switch (operator) {
      case ADD -> add(left, right, budget);
      case MULTIPLY -> multiply(left, right, budget);
      case REMAINDER ->
          left instanceof Text text
              ? PercentFormat.format(text, right, budget)
              : numbers(operator, left, right);
      case SUBTRACT, DIVIDE, FLOOR_DIVIDE, POWER -> numbers(operator, left, right);
    };
  }

  /** The number with its sign changed, or only checked to be one. */
  public static Value sign(boolean negative, Value operand) {
    return switch (operand) {
      case Value.Real(double number) -> new Value.Real(negative ? -number : number);
      case Undefined undefined -> throw undefined.refusal();
      default -> {
        BigInteger number = Numbers.whole(operand);
        yield new Value.Int(negative ? number.negate() : number);
      }
    };
  }

  private static Value add(Value left, Value right, Budget budget) {
    if (left instanceof Text text) {
      return switch (right) {
        case Text more -> Markup.add(text, more, budget);
        case Undefined undefined -> throw undefined.refusal();
        default -> throw impossible(BinaryOperator.ADD, left, right);
      };
    }
    if (left instanceof Sequence a && right instanceof Sequence b && a.tuple() == b.tuple()) {
      budget.elements((long) a.items().size() + b.items().size());
      List<Value> both = new ArrayList<>(a.items());
      both.addAll(b.items());
      return new Sequence(List.copyOf(both), a.tuple());
    }
    return numbers(BinaryOperator.ADD, left, right);
  }

  private static Value multiply(Value left, Value right, Budget budget) {
    if (Numbers.isWhole(left) && (right instanceof Text || right instanceof Sequence)) {
      return multiply(right, left, budget);
    }
    if (left instanceof Text text && Numbers.isWhole(right)) {
      return repeat(text, Math.max(0, Numbers.clamped(right)), budget);
    }
    if (left instanceof Sequence(List<Value> items, boolean tuple) && Numbers.isWhole(right)) {
      int times = items.isEmpty() ? 0 : Math.max(0, Numbers.clamped(right));
      budget.elements((long) items.size() * times);
      List<Value> all = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        all.addAll(items);
      }
      return new Sequence(List.copyOf(all), tuple);
    }
    return numbers(BinaryOperator.MULTIPLY, left, right);
  }

  /** A text several times. */
  public static Text repeat(Text text, int times, Budget budget) {
    budget.requireLength((long) text.length() * times);
    TextBuilder all = new TextBuilder(budget);
    for (int i = 0; i < times && !text.isEmpty(); i++) {
      all.append(text);
    }
    return all.build();
  }

  private static Value numbers(BinaryOperator operator, Value left, Value right) {
    if (!Numbers.isNumber(left) || !Numbers.isNumber(right)) {
      throw impossible(operator, left, right);
    }
    if (operator != BinaryOperator.DIVIDE && Numbers.isWhole(left) && Numbers.isWhole(right)) {
      return whole(operator, Numbers.whole(left), Numbers.whole(right));
    }
    return new Value.Real(real(operator, Numbers.real(left), Numbers.real(right)));
  }

  private static Value whole(BinaryOperator operator, BigInteger left, BigInteger right) {
    return switch (operator) {
      case ADD -> Numbers.bounded(left.add(right));
      case SUBTRACT -> Numbers.bounded(left.subtract(right));
      case MULTIPLY -> Numbers.bounded(left.multiply(right));
      case FLOOR_DIVIDE -> new Value.Int(floor(left, requireNotZero(right))[0]);
      case REMAINDER -> new Value.Int(floor(left, requireNotZero(right))[1]);
      case POWER -> power(left, right);
      case DIVIDE -> throw new IllegalArgumentException("a quotient is a float");
    };
  }

  /** The quotient, rounded down, and what remains, which has the divisor's sign. */
  private static BigInteger[] floor(BigInteger left, BigInteger right) {
    BigInteger[] parts = left.divideAndRemainder(right);
    if (parts[1].signum() != 0 && parts[1].signum() != right.signum()) {
      parts[0] = parts[0].subtract(BigInteger.ONE);
      parts[1] = parts[1].add(right);
    }
    return parts;
  }

  private static Value power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      return new Value.Real(Math.pow(requireNotZero(base).doubleValue(), exponent.doubleValue()));
    }
    if (base.bitLength() > 1) {
      Numbers.requireBits(exponent.bitLength() > 31 ? Long.MAX_VALUE : exponent.longValue());
      Numbers.requireBits(base.bitLength() * exponent.longValue());
    }
    // 0, 1 and -1 stay small whatever the exponent, which only has to keep its parity.
    int times = base.bitLength() > 1 ? exponent.intValue() : small(exponent);
    return new Value.Int(base.pow(times));
  }

  private static int small(BigInteger exponent) {
    return exponent.bitLength() < 8 ? exponent.intValue() : 2 + (exponent.testBit(0) ? 1 : 0);
  }

  private static double real(BinaryOperator operator, double left, double right) {
    return switch (operator) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / requireNotZero(right);
      case FLOOR_DIVIDE -> Math.floor(left / requireNotZero(right));
      case REMAINDER -> left - Math.floor(left / requireNotZero(right)) * right;
      case POWER -> Math.pow(left, right);
    };
  }

  private static BigInteger requireNotZero(BigInteger number) {
    if (number.signum() == 0) {
      throw TemplateException.failed("a number is divided by zero");
    }
    return number;
  }

  private static double requireNotZero(double number) {
    if (number == 0) {
      throw TemplateException.failed("a number is divided by zero");
    }
    return number;
  }

  private static TemplateException impossible(BinaryOperator operator, Value left, Value right) {
    return TemplateException.failed(
        "'" + operator.sign() + "' means nothing between " + left.type() + " and " + right.type());
  }
}
