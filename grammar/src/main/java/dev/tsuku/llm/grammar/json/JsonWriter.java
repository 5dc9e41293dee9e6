package dev.tsuku.llm.grammar.json;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.Map;

/**
 * Writes JSON in the one spelling that matchers accept: characters stand for themselves, but for
 * the quote, the backslash and those below U+0020, which have their shortest escape.
 */
public final class JsonWriter {

  private static final int LARGEST_PLAIN_EXPONENT = 20;

  private final StringBuilder out = new StringBuilder();
  private final String comma;
  private final String colon;

  private JsonWriter(String comma, String colon) {
    this.comma = comma;
    this.colon = colon;
  }

  /** A value without any white space. */
  public static String compact(Json value) {
    return write(value, ",", ":");
  }

  /** A value with a space behind each comma and colon. */
  public static String spaced(Json value) {
    return write(value, ", ", ": ");
  }

  private static String write(Json value, String comma, String colon) {
    JsonWriter writer = new JsonWriter(comma, colon);
    writer.write(value);
    return writer.out.toString();
  }

  private void write(Json value) {
    switch (value) {
      case Json.Null ignored -> out.append("null");
      case Json.Bool bool -> out.append(bool.value());
      case Json.Num number -> out.append(spell(number.value()));
      case Json.Text text -> quote(text.value(), out);
      case Json.Array array -> {
        out.append('[');
        String between = "";
        for (Json item : array.items()) {
          out.append(between);
          write(item);
          between = comma;
        }
        out.append(']');
      }
      case Json.Obj object -> {
        out.append('{');
        Iterator<Map.Entry<String, Json>> members = object.members().entrySet().iterator();
        while (members.hasNext()) {
          Map.Entry<String, Json> member = members.next();
          quote(member.getKey(), out);
          out.append(colon);
          write(member.getValue());
          out.append(members.hasNext() ? comma : "");
        }
        out.append('}');
      }
    }
  }

  /** A number as short as its digits allow, without an exponent where that is not too long. */
  public static String spell(BigDecimal value) {
    BigDecimal exact = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    return Math.abs(exponent) <= LARGEST_PLAIN_EXPONENT
        ? exact.toPlainString()
        : exact.toString().replace("E+", "e").replace('E', 'e');
  }

  /** A string with its quotes. */
  public static String quote(String chars) {
    StringBuilder out = new StringBuilder();
    quote(chars, out);
    return out.toString();
  }

  private static void quote(String chars, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < chars.length(); i++) {
      char c = chars.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append("\\u00").append(Character.forDigit(c >> 4, 16));
            out.append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
