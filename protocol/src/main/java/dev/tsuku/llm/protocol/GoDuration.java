package dev.tsuku.llm.protocol;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Go prints and reads them ({@code 5m0s}, {@code 1h30m}, {@code 1.5s}, {@code 500ms}),
 * and bare numbers as seconds.
 */
public final class GoDuration {

  private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d*)?|\\.\\d+");
  private static final Pattern PART =
      Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");
  private static final BigDecimal MAX_NANOS = BigDecimal.valueOf(Long.MAX_VALUE);

  private GoDuration() {}

  /**
   * Reads a duration.
   *
   * @return not negative, exact to the nanosecond
   * @throws IllegalArgumentException if it is none, with a sentence that names the value and shows
   *     a good one
   */
  public static Duration parse(String text) {
    String trimmed = text.strip();
    String unsigned = trimmed.startsWith("+") ? trimmed.substring(1) : trimmed;
    BigDecimal nanos =
        NUMBER.matcher(unsigned).matches()
            ? decimal(unsigned).movePointRight(9)
            : sumOfParts(text, unsigned);
    if (nanos.compareTo(MAX_NANOS) > 0) {
      throw new IllegalArgumentException(
          "'" + text + "' is too long a duration. Give at most about 292 years; 0s means never.");
    }
    return Duration.ofNanos(nanos.setScale(0, RoundingMode.DOWN).longValueExact());
  }

  /** A duration as Go prints it, such as {@code 1m30s}. */
  public static String format(Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    StringBuilder text = new StringBuilder();
    if (duration.toHours() > 0) {
      text.append(duration.toHours()).append('h');
    }
    if (duration.toMinutes() > 0) {
      text.append(duration.toMinutesPart()).append('m');
    }
    BigDecimal seconds =
        BigDecimal.valueOf(duration.toSecondsPart())
            .add(BigDecimal.valueOf(duration.toNanosPart(), 9))
            .stripTrailingZeros();
    return text.append(seconds.toPlainString()).append('s').toString();
  }

  private static BigDecimal sumOfParts(String text, String unsigned) {
    Matcher part = PART.matcher(unsigned);
    BigDecimal sum = BigDecimal.ZERO;
    int end = 0;
    while (end < unsigned.length() && part.find(end) && part.start() == end) {
      sum = sum.add(decimal(part.group(1)).multiply(BigDecimal.valueOf(nanosOf(part.group(2)))));
      end = part.end();
    }
    if (end == 0 || end < unsigned.length()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration. Write one like 5m, 1m30s, 500ms or 90 (seconds).");
    }
    return sum;
  }

  private static BigDecimal decimal(String number) {
    return new BigDecimal(number.endsWith(".") ? number + "0" : number);
  }

  private static long nanosOf(String unit) {
    return switch (unit) {
      case "ns" -> 1L;
      case "ms" -> 1_000_000L;
      case "s" -> 1_000_000_000L;
      case "m" -> 60_000_000_000L;
      case "h" -> 3_600_000_000_000L;
      default -> 1_000L;
    };
  }
}
