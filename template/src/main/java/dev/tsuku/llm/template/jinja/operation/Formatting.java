package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Numbers with so many digits, and texts of at least some width. */
public final class Formatting {

  private static final int MAX_PRECISION = 400;

  private Formatting() {}

  /** A number without its fraction. */
  public static String integer(Value value) {
    if (value instanceof Value.Real(double number)) {
      return Numbers.truncated(number).value().toString();
    }
    return requireNumber(value).toBigInteger().toString();
  }

  /** A number with so many digits behind the point. */
  public static String fixed(Value value, int digits) {
    if (digits > MAX_PRECISION) {
      throw TemplateException.limit("it wants a number with " + digits + " digits");
    }
    if (value instanceof Value.Real(double number) && !Double.isFinite(number)) {
      return Numbers.print(number);
    }
    return requireNumber(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  /**
   * A text filled up to a width.
   *
   * @param align where the text stands: {@code <}, {@code >}, {@code ^}, or {@code =} for filling
   *     between a sign and its number
   */
  public static Text padded(Text text, int width, char align, String fill, Budget budget) {
    int missing = width - CodePoints.count(text, budget);
    if (missing <= 0) {
      return text;
    }
    budget.requireLength(width);
    int before =
        switch (align) {
          case '<' -> 0;
          case '^' -> missing / 2;
          default -> missing;
        };
    boolean signed = align == '=' && !text.isEmpty() && "+- ".indexOf(text.string().charAt(0)) >= 0;
    int sign = signed ? 1 : 0;
    return new TextBuilder(budget)
        .append(text, 0, sign)
        .append(fill.repeat(before), false)
        .append(text, sign, text.length())
        .append(fill.repeat(missing - before), false)
        .build();
  }

  private static BigDecimal requireNumber(Value value) {
    return switch (value) {
      case Value.Real(double number) -> new BigDecimal(number);
      case Value.Int(BigInteger number) -> new BigDecimal(number);
      case Value.Bool bool -> new BigDecimal(Numbers.whole(bool));
      case Undefined undefined -> throw undefined.refusal();
      default -> throw TemplateException.failed(value.type() + " is no number");
    };
  }
}
