package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Arithmetic;
import dev.tsuku.llm.template.jinja.operation.Numbers;
import dev.tsuku.llm.template.jinja.operation.Truth;
import dev.tsuku.llm.template.jinja.syntax.Characters;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Filters that make numbers. */
final class NumberFilters {

  private static final int MAX_DIGITS = 1000;
  private static final Pattern FLOAT =
      Pattern.compile("[+-]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][+-]?\\d++)?");
  private static final BigInteger MAX_PRECISION = BigInteger.valueOf(300);

  static final Table TABLE =
      new Table()
          .add("int", NumberFilters::integer, "default", "base")
          .add(
              "float",
              (v, a, b) ->
                  real(v, b).<Value>map(Value.Real::new).orElse(a.or(0, new Value.Real(0))),
              "default")
          .add(
              "abs",
              (v, a, b) -> negative(v) ? Arithmetic.sign(true, v) : Arithmetic.sign(false, v))
          .add("round", NumberFilters::round, "precision", "method");

  private NumberFilters() {}

  private static Value integer(Value value, BoundArguments arguments, Budget budget) {
    Value fallback = arguments.or(0, Value.of(0));
    if (value instanceof Text text) {
      Optional<Value> whole = parse(text, arguments.number(1, 10), budget);
      if (whole.isPresent()) {
        return whole.get();
      }
    }
    if (Numbers.isWhole(value)) {
      return new Value.Int(Numbers.whole(value));
    }
    return real(value, budget)
        .filter(Double::isFinite)
        .<Value>map(Numbers::truncated)
        .orElse(fallback);
  }

  private static Optional<Value> parse(Text text, int base, Budget budget) {
    String digits = stripped(text, budget).replace("_", "").toLowerCase(Locale.ROOT);
    String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
    String bare = digits.startsWith(prefix) ? digits.substring(prefix.length()) : digits;
    if (bare.length() > MAX_DIGITS || base < Character.MIN_RADIX || base > Character.MAX_RADIX) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Value.Int(new BigInteger(bare, base)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Double> real(Value value, Budget budget) {
    if (value instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    if (Numbers.isNumber(value)) {
      return Optional.of(Numbers.real(value));
    }
    if (!(value instanceof Text text)) {
      return Optional.empty();
    }
    String digits = stripped(text, budget);
    return digits.length() <= MAX_DIGITS && FLOAT.matcher(digits).matches()
        ? Optional.of(Double.parseDouble(digits))
        : Optional.empty();
  }

  private static String stripped(Text text, Budget budget) {
    budget.look(text.length());
    String all = text.string();
    int from = 0;
    int to = all.length();
    while (from < to && Characters.isSpace(all.charAt(from))) {
      from++;
    }
    while (to > from && Characters.isSpace(all.charAt(to - 1))) {
      to--;
    }
    return all.substring(from, to);
  }

  private static boolean negative(Value value) {
    return Numbers.isNumber(value) && Numbers.real(value) < 0 && Truth.of(value);
  }

  private static Value round(Value value, BoundArguments arguments, Budget budget) {
    String method = arguments.optionalText(1).map(Text::string).orElse("common");
    RoundingMode mode =
        switch (method) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw TemplateException.failed("a number is rounded in an unknown way");
        };
    BigInteger precision = Numbers.whole(arguments.or(0, Value.of(0)));
    if (precision.abs().compareTo(MAX_PRECISION) > 0) {
      throw TemplateException.failed("a number is rounded to more than 300 digits");
    }
    if (!Numbers.isNumber(value)) {
      throw TemplateException.failed(value.type() + " cannot be rounded");
    }
    int digits = precision.intValue();
    if (Numbers.isWhole(value) && mode == RoundingMode.HALF_EVEN) {
      BigDecimal number = new BigDecimal(Numbers.whole(value));
      return digits >= 0
          ? new Value.Int(number.toBigInteger())
          : new Value.Int(number.setScale(digits, mode).toBigInteger());
    }
    double number = Numbers.real(value);
    return new Value.Real(
        Double.isFinite(number)
            ? new BigDecimal(number).setScale(digits, mode).doubleValue()
            : number);
  }
}
