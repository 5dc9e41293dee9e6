package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Formatting;
import dev.tsuku.llm.template.jinja.operation.Numbers;
import dev.tsuku.llm.template.jinja.operation.Printing;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Python's {@code format} method: fields in braces, by place or name, with alignment, width and
 * precision. A field reaches no attributes and no items.
 */
final class BraceFormat {

  private static final Pattern FIELD =
      Pattern.compile(
          "\\{(\\d{1,4}+|[A-Za-z_]\\w*+)?(?:!([rs]))?"
              + "(?::(?:(.)?([<>^=]))?([+ ]?)(0?)(\\d{0,3}+)(?:\\.(\\d{1,3}+))?([sdfxX]?))?\\}",
          Pattern.DOTALL);

  private BraceFormat() {}

  static Text format(Text format, Arguments arguments, Budget budget) {
    String all = format.string();
    budget.look(all.length());
    TextBuilder out = new TextBuilder(budget);
    Matcher field = FIELD.matcher(all);
    int next = 0;
    int copied = 0;
    for (int at = 0; at < all.length(); ) {
      char c = all.charAt(at);
      if (c != '{' && c != '}') {
        at++;
        continue;
      }
      out.append(format, copied, at);
      if (at + 1 < all.length() && all.charAt(at + 1) == c) {
        out.append(format, at, at + 1);
        at += 2;
      } else if (c == '{' && field.region(at, all.length()).lookingAt()) {
        String name = field.group(1);
        out.append(
            field(field, value(name == null ? String.valueOf(next++) : name, arguments), budget));
        at = field.end();
      } else {
        throw TemplateException.failed("a format has a field that is not supported");
      }
      copied = at;
    }
    return out.append(format, copied, all.length()).build();
  }

  private static Value value(String name, Arguments arguments) {
    @Nullable Value value = arguments.named().get(name);
    if (Character.isDigit(name.charAt(0))) {
      int place = Integer.parseInt(name);
      value = place < arguments.positional().size() ? arguments.positional().get(place) : null;
    }
    if (value == null) {
      throw TemplateException.failed("a format has a field without a value");
    }
    return value;
  }

  private static Text field(Matcher field, Value value, Budget budget) {
    Text text = text(field, value, budget);
    String width = field.group(7);
    if (width == null || width.isEmpty()) {
      return text;
    }
    boolean zeros = !field.group(6).isEmpty();
    String fill = field.group(3) != null ? field.group(3) : zeros ? "0" : " ";
    char align = Numbers.isNumber(value) ? '>' : '<';
    if (field.group(4) != null) {
      align = field.group(4).charAt(0);
    } else if (zeros) {
      align = '=';
    }
    return Formatting.padded(text, Integer.parseInt(width), align, fill, budget);
  }

  private static Text text(Matcher field, Value value, Budget budget) {
    if ("r".equals(field.group(2))) {
      return Printing.quoted(value, budget);
    }
    @Nullable String precision = field.group(8);
    @Nullable String type = field.group(9);
    String sign = field.group(5) == null || field.group(5).isEmpty() ? "" : field.group(5);
    String number =
        switch (type == null ? "" : type) {
          case "d" -> Formatting.integer(value);
          case "f" -> Formatting.fixed(value, precision == null ? 6 : Integer.parseInt(precision));
          case "x" -> Numbers.whole(value).toString(16);
          case "X" -> Numbers.whole(value).toString(16).toUpperCase(Locale.ROOT);
          default -> "";
        };
    if (!number.isEmpty()) {
      return Text.format(number.startsWith("-") ? number : sign + number);
    }
    Text text = Printing.text(value, budget);
    int longest = precision == null ? text.length() : Integer.parseInt(precision);
    return text.slice(0, Math.min(longest, text.length()), budget);
  }
}
