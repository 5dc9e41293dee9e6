package dev.tsuku.llm.template.jinja.library;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code strftime}, in the C locale. What it does not know stays as it is. */
final class TimeFormat {

  private static final Map<Character, DateTimeFormatter> FIELDS =
      Map.ofEntries(
          field('Y', "yyyy"),
          field('y', "yy"),
          field('m', "MM"),
          field('d', "dd"),
          field('e', "ppd"),
          field('H', "HH"),
          field('I', "hh"),
          field('M', "mm"),
          field('S', "ss"),
          field('f', "SSSSSS"),
          field('p', "a"),
          field('a', "EEE"),
          field('A', "EEEE"),
          field('b', "MMM"),
          field('h', "MMM"),
          field('B', "MMMM"),
          field('j', "DDD"),
          field('F', "yyyy-MM-dd"),
          field('T', "HH:mm:ss"),
          field('R', "HH:mm"),
          field('D', "MM/dd/yy"),
          field('x', "MM/dd/yy"),
          field('X', "HH:mm:ss"),
          field('c', "EEE MMM ppd HH:mm:ss yyyy"));

  private TimeFormat() {}

  static String format(String format, ZonedDateTime time) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char next = format.charAt(++i);
      boolean bare = next == '-' && i + 1 < format.length();
      char name = bare ? format.charAt(++i) : next;
      String value = field(name, time);
      if (value == null) {
        out.append('%').append(bare ? "-" : "").append(name);
      } else {
        out.append(bare ? withoutZeros(value) : value);
      }
    }
    return out.toString();
  }

  private static @Nullable String field(char name, ZonedDateTime time) {
    return switch (name) {
      case '%' -> "%";
      case 'n' -> "\n";
      case 't' -> "\t";
      case 's' -> Long.toString(time.toEpochSecond());
      case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
      case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
      // Python's clock without a zone has neither an offset nor a name.
      case 'z', 'Z' -> "";
      default -> {
        DateTimeFormatter field = FIELDS.get(name);
        yield field == null ? null : time.format(field);
      }
    };
  }

  private static String withoutZeros(String value) {
    return value.strip().replaceFirst("^0+(?=.)", "");
  }

  private static Map.Entry<Character, DateTimeFormatter> field(char name, String pattern) {
    return Map.entry(name, DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
  }
}
