package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Value;
import java.math.BigDecimal;
import java.math.BigInteger;

/** Numbers: whole ones of any size up to a bound, floats, and truths, which count as 0 and 1. */
public final class Numbers {

  private static final int MAX_BITS = 4096;

  private Numbers() {}

  /** Whether a value can be computed with. */
  public static boolean isNumber(Value value) {
    return value instanceof Value.Int || value instanceof Value.Real || value instanceof Value.Bool;
  }

  /** Whether a value is whole: an integer or a truth. */
  public static boolean isWhole(Value value) {
    return value instanceof Value.Int || value instanceof Value.Bool;
  }

  /** The whole number that an integer or a truth is. */
  public static BigInteger whole(Value value) {
    return switch (value) {
      case Value.Int(BigInteger number) -> number;
      case Value.Bool(boolean truth) -> truth ? BigInteger.ONE : BigInteger.ZERO;
      default -> throw TemplateException.failed(value.type() + " is no integer");
    };
  }

  /** A whole number as one of Java's; what is larger becomes the largest. */
  public static int clamped(Value value) {
    BigInteger number = whole(value);
    if (number.bitLength() < Integer.SIZE) {
      return number.intValue();
    }
    return number.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
  }

  /** Any number as a float. */
  public static double real(Value value) {
    return value instanceof Value.Real(double number) ? number : whole(value).doubleValue();
  }

  /** An integer, if it is not too large. */
  static Value.Int bounded(BigInteger number) {
    requireBits(number.bitLength());
    return new Value.Int(number);
  }

  static void requireBits(long bits) {
    if (bits > MAX_BITS) {
      throw TemplateException.limit("it made an integer of more than " + MAX_BITS + " bits");
    }
  }

  /** A float becomes whole towards zero. */
  public static Value.Int truncated(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      throw TemplateException.failed("a float that is not finite cannot become an integer");
    }
    return new Value.Int(new BigDecimal(number).toBigInteger());
  }

  static boolean isNan(Value value) {
    return value instanceof Value.Real(double number) && Double.isNaN(number);
  }

  /** Less than 0, 0 or more than 0, as the first is less than, equal to or more than the second. */
  static int compare(Value a, Value b) {
    if (isWhole(a) && isWhole(b)) {
      return whole(a).compareTo(whole(b));
    }
    double left = real(a);
    double right = real(b);
    return left < right ? -1 : left == right ? 0 : 1;
  }

  /**
   * A float as Python writes it: the fewest digits that mean it, and always a point or exponent.
   */
  public static String print(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number < 0 ? "-inf" : "inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal digits = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = digits.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String mantissa = digits.unscaledValue().abs().toString();
    return (number < 0 ? "-" : "")
        + mantissa.charAt(0)
        + (mantissa.length() > 1 ? "." + mantissa.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }
}
