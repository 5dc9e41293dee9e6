package dev.tsuku.llm.protocol;

import java.time.Duration;

/**
 * Durations as Go prints and reads them ({@code 5m0s}, {@code 1h30m}, {@code 1.5s}, {@code 500ms}),
 * and bare numbers as seconds. Every start of the daemon reads one, so this does without regular
 * expressions and decimals, whose classes would cost it 10 ms.
 */
public final class GoDuration {

  private static final long SECOND = 1_000_000_000L;

  private final String text;
  private int at;
  private long nanos;

  private GoDuration(String text) {
    this.text = text;
  }

  /**
   * Reads a duration.
   *
   * @return not negative, exact to the nanosecond
   * @throws IllegalArgumentException if it is none, with a sentence that names the value and shows
   *     a good one
   */
  public static Duration parse(String text) {
    String trimmed = text.strip();
    GoDuration reader = new GoDuration(trimmed.startsWith("+") ? trimmed.substring(1) : trimmed);
    try {
      if (reader.read()) {
        return Duration.ofNanos(reader.nanos);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is too long a duration. Give at most about 292 years; 0s means never.",
          e);
    }
    throw new IllegalArgumentException(
        "'" + text + "' is not a duration. Write one like 5m, 1m30s, 500ms or 90 (seconds).");
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
    text.append(duration.toSecondsPart());
    if (duration.toNanosPart() > 0) {
      String fraction = Long.toString(SECOND + duration.toNanosPart()).substring(1);
      text.append('.').append(fraction.replaceAll("0+$", ""));
    }
    return text.append('s').toString();
  }

  /** Reads all parts; false where this is no duration. */
  private boolean read() {
    if (!readPart(true)) {
      return false;
    }
    while (at < text.length()) {
      if (!readPart(false)) {
        return false;
      }
    }
    return true;
  }

  /** Reads a number and its unit, which may be missing where the number is all there is. */
  private boolean readPart(boolean first) {
    int start = at;
    String whole = digits();
    String fraction = "";
    boolean point = at < text.length() && text.charAt(at) == '.';
    if (point) {
      at++;
      fraction = digits();
    }
    if (whole.isEmpty() && (fraction.isEmpty() || start == at)) {
      return false;
    }
    long unit = first && at == text.length() ? SECOND : unit();
    if (unit == 0) {
      return false;
    }
    nanos = Math.addExact(nanos, Math.multiplyExact(number(whole), unit));
    nanos = Math.addExact(nanos, fractionOf(fraction, unit));
    return true;
  }

  private String digits() {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return text.substring(start, at);
  }

  private static long number(String digits) {
    long number = 0;
    for (int i = 0; i < digits.length(); i++) {
      number = Math.addExact(Math.multiplyExact(number, 10L), digits.charAt(i) - '0');
    }
    return number;
  }

  /** So much of a unit, in floating point as in Go; what is less than a nanosecond is dropped. */
  private static long fractionOf(String digits, long unit) {
    String read = digits.substring(0, Math.min(digits.length(), 18));
    double scale = 1;
    for (int i = 0; i < read.length(); i++) {
      scale *= 10;
    }
    return (long) (number(read) * (unit / scale));
  }

  /** The next unit in nanoseconds; 0 if there is none. */
  private long unit() {
    int start = at;
    while (at < text.length() && text.charAt(at) != '.' && !Character.isDigit(text.charAt(at))) {
      at++;
    }
    return switch (text.substring(start, at)) {
      case "ns" -> 1L;
      case "us", "\u00b5s", "\u03bcs" -> 1_000L;
      case "ms" -> 1_000_000L;
      case "s" -> SECOND;
      case "m" -> 60 * SECOND;
      case "h" -> 3_600 * SECOND;
      default -> 0;
    };
  }
}
