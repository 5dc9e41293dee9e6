package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Namespace;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values as JSON, written as Python's {@code json.dumps} writes it. If any string inside came from
 * the conversation, all of the JSON counts as coming from there. Belongs to one thread.
 */
public final class JsonWriter {

  private static final String HEX = "0123456789abcdef";

  /**
   * How it is written.
   *
   * @param indent of each level; null for all on one line
   * @param item what separates items
   * @param key what separates a key from its value
   */
  public record Style(
      boolean onlyAscii, @Nullable String indent, String item, String key, boolean sorted) {}

  private final Style style;
  private final Budget budget;
  private final StringBuilder out = new StringBuilder();
  private boolean content;
  private int level;

  private JsonWriter(Style style, Budget budget) {
    this.style = style;
    this.budget = budget;
  }

  /** A value as JSON. */
  public static Text write(Value value, Style style, Budget budget) {
    JsonWriter writer = new JsonWriter(style, budget);
    writer.value(value);
    return Text.of(writer.out.toString(), writer.content);
  }

  private void value(Value value) {
    budget.enter();
    switch (value) {
      case Value.None none -> raw("null");
      case Value.Bool(boolean truth) -> raw(truth ? "true" : "false");
      case Value.Int(BigInteger number) -> raw(number.toString());
      case Value.Real(double number) -> raw(number(number));
      case Text text -> string(text);
      case Sequence(List<Value> items, boolean tuple) -> list(items);
      case Mapping mapping -> object(mapping);
      case Undefined undefined -> throw undefined.refusal();
      case Namespace namespace -> throw impossible(namespace);
      case Special special -> throw impossible(special);
    }
    budget.leave();
  }

  private void list(List<Value> items) {
    raw("[");
    level++;
    boolean first = true;
    for (Value item : items) {
      separate(first);
      value(item);
      first = false;
    }
    level--;
    close(first, "]");
  }

  private void object(Mapping mapping) {
    List<Mapping.Entry> entries = new ArrayList<>(mapping.entries());
    if (style.sorted) {
      entries.sort(Comparator.comparing(Mapping.Entry::key, (a, b) -> Order.compare(a, b, budget)));
    }
    raw("{");
    level++;
    boolean first = true;
    for (Mapping.Entry entry : entries) {
      separate(first);
      key(entry.key());
      raw(style.key);
      value(entry.value());
      first = false;
    }
    level--;
    close(first, "}");
  }

  private void separate(boolean first) {
    raw(first ? "" : style.item);
    newline();
  }

  private void close(boolean empty, String bracket) {
    if (!empty) {
      newline();
    }
    raw(bracket);
  }

  private void newline() {
    String indent = style.indent;
    if (indent != null) {
      budget.write((long) indent.length() * level + 1);
      out.append('\n').repeat(indent, level);
    }
  }

  private void key(Value key) {
    switch (key) {
      case Text text -> string(text);
      case Value.None none -> raw("\"null\"");
      case Value.Bool(boolean truth) -> raw(truth ? "\"true\"" : "\"false\"");
      case Value.Int(BigInteger number) -> raw("\"" + number + "\"");
      case Value.Real(double number) -> raw("\"" + number(number) + "\"");
      default -> throw TemplateException.failed(key.type() + " cannot be a key in JSON");
    }
  }

  private void string(Text text) {
    content |= text.hasContent();
    String all = text.string();
    budget.write((long) all.length() + 2);
    out.append('"');
    int written = 0;
    for (int i = 0; i < all.length(); i++) {
      char c = all.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\' && (c < 0x7f || !style.onlyAscii)) {
        continue;
      }
      if (c == 0x7f) {
        continue;
      }
      out.append(all, written, i);
      escape(c);
      written = i + 1;
    }
    out.append(all, written, all.length()).append('"');
  }

  private void escape(char c) {
    budget.write(6);
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      case '\b' -> out.append("\\b");
      case '\f' -> out.append("\\f");
      default -> {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.append(HEX.charAt(c >> shift & 15));
        }
      }
    }
  }

  private static String number(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    if (Double.isInfinite(number)) {
      return number < 0 ? "-Infinity" : "Infinity";
    }
    return Numbers.print(number);
  }

  private void raw(String chars) {
    budget.write(chars.length());
    out.append(chars);
  }

  private static TemplateException impossible(Value value) {
    return TemplateException.failed(value.type() + " cannot be written as JSON");
  }
}
