package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.NumberRule;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How JSON spells numbers, with bounds on how many digits there may be. */
final class NumberText {

  private static final Pattern BEGINNING =
      Pattern.compile(
          "-?(?:(?:0|[1-9]\\d*)(?:\\.\\d{0,"
              + NumberRule.MOST_FRACTION_DIGITS
              + "})?(?:(?<=\\d)e(?:[+-]?\\d{0,3}))?)?");
  private static final Pattern WHOLE =
      Pattern.compile("-?\\d+(?:\\.\\d+)?(?:e[+-]?(?<exponent>\\d+))?");

  /** Longer ones are of no use to anybody. */
  private static final int MOST_CHARS = 420;

  private NumberText() {}

  /** Whether a byte can be part of a number. */
  static boolean isPart(int b) {
    return (b >= '0' && b <= '9') || b == '.' || b == '-' || b == '+' || b == 'e';
  }

  /** Whether a number may begin like this. */
  static boolean isBeginning(String text) {
    return text.length() <= MOST_CHARS && BEGINNING.matcher(text).matches();
  }

  /** Whether the text is a number. */
  static boolean isWhole(String text) {
    Matcher matcher = WHOLE.matcher(text);
    return matcher.matches()
        && (matcher.group("exponent") == null
            || Integer.parseInt(matcher.group("exponent")) <= NumberRule.MOST_EXPONENT);
  }

  /** A number with the same digits but for their values, where only their places matter. */
  static String shape(String text) {
    int exponent = text.indexOf('e');
    int end = exponent < 0 ? text.length() : exponent;
    StringBuilder shape = new StringBuilder(text);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      // The first digit alone may be a zero, and then there is no second one.
      boolean isZeroFirst = c == '0' && (i == 0 || (i == 1 && text.charAt(0) == '-'));
      if (c >= '0' && c <= '9' && !isZeroFirst) {
        shape.setCharAt(i, '1');
      }
    }
    return shape.toString();
  }
}
