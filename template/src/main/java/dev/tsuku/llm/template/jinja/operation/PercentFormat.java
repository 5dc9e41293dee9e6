package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Python's {@code format % values}, with the conversions that text needs: {@code s r d i f x X},
 * with flags, width and precision.
 */
public final class PercentFormat {

  private static final Pattern FIELD =
      Pattern.compile("%(?:\\(([^()]*+)\\))?([-+ 0#]*+)(\\d{0,3}+)(?:\\.(\\d{1,3}+))?([a-zA-Z%])");

  private PercentFormat() {}

  /** A format with a value, several of them in a tuple, or named ones in a dictionary. */
  public static Text format(Text format, Value values, Budget budget) {
    List<Value> given =
        values instanceof Sequence(List<Value> items, boolean tuple) && tuple
            ? items
            : List.of(values);
    budget.look(format.length());
    String all = format.string();
    TextBuilder out = new TextBuilder(budget);
    Matcher field = FIELD.matcher(all);
    int copied = 0;
    int used = 0;
    for (int at = all.indexOf('%'); at >= 0; at = all.indexOf('%', copied)) {
      if (!field.region(at, all.length()).lookingAt()) {
        throw TemplateException.failed("a format has a '%' that means nothing");
      }
      out.append(format, copied, at);
      copied = field.end();
      if (field.group(5).equals("%")) {
        out.append("%", false);
        continue;
      }
      if (field.group(1) != null) {
        out.append(field(field, named(values, field.group(1)), budget));
      } else if (used < given.size()) {
        out.append(field(field, given.get(used++), budget));
      } else {
        throw TemplateException.failed("a format has more fields than values");
      }
    }
    if (used < given.size() && !(values instanceof Mapping)) {
      throw TemplateException.failed("a format has fewer fields than values");
    }
    return out.append(format, copied, all.length()).build();
  }

  private static Value named(Value values, String name) {
    Value found = values instanceof Mapping mapping ? mapping.find(name) : null;
    if (found == null) {
      throw TemplateException.failed("a format names a value that is not there");
    }
    return found;
  }

  private static Text field(Matcher field, Value value, Budget budget) {
    String flags = field.group(2);
    int precision = field.group(4) == null ? -1 : Integer.parseInt(field.group(4));
    Text text =
        switch (field.group(5).charAt(0)) {
          case 's' -> shortened(Printing.text(value, budget), precision, budget);
          case 'r' -> shortened(Printing.quoted(value, budget), precision, budget);
          case 'd', 'i' -> signed(flags, Formatting.integer(value));
          case 'f', 'F' -> signed(flags, Formatting.fixed(value, precision < 0 ? 6 : precision));
          case 'x' -> signed(flags, Numbers.whole(value).toString(16));
          case 'X' -> signed(flags, Numbers.whole(value).toString(16).toUpperCase(Locale.ROOT));
          default ->
              throw TemplateException.failed("a format has a conversion that is not supported");
        };
    int width = field.group(3).isEmpty() ? 0 : Integer.parseInt(field.group(3));
    if (flags.indexOf('-') >= 0) {
      return Formatting.padded(text, width, '<', " ", budget);
    }
    boolean zeros = flags.indexOf('0') >= 0 && Numbers.isNumber(value);
    return Formatting.padded(text, width, zeros ? '=' : '>', zeros ? "0" : " ", budget);
  }

  private static Text shortened(Text text, int precision, Budget budget) {
    return precision < 0 || CodePoints.count(text, budget) <= precision
        ? text
        : text.slice(0, CodePoints.index(text, precision), budget);
  }

  private static Text signed(String flags, String number) {
    boolean bare = number.startsWith("-");
    String sign = flags.indexOf('+') >= 0 ? "+" : flags.indexOf(' ') >= 0 ? " " : "";
    return Text.format(bare ? number : sign + number);
  }
}
