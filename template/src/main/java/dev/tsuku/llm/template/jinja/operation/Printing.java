package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Namespace;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;

/**
 * Values as text: Python's {@code str}, and within lists and dictionaries its {@code repr}. Strings
 * inside keep their marks.
 */
public final class Printing {

  private Printing() {}

  /** A value as a template prints it. */
  public static Text text(Value value, Budget budget) {
    if (value instanceof Text text) {
      return text;
    }
    if (value instanceof Undefined) {
      return Text.EMPTY;
    }
    return quoted(value, budget);
  }

  /** A value as it stands inside a printed list: strings have quotes. */
  public static Text quoted(Value value, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    print(value, out, budget);
    return out.build();
  }

  private static void print(Value value, TextBuilder out, Budget budget) {
    budget.enter();
    switch (value) {
      case Value.None none -> out.append("None", false);
      case Value.Bool(boolean truth) -> out.append(truth ? "True" : "False", false);
      case Value.Int(BigInteger number) -> out.append(number.toString(), false);
      case Value.Real(double number) -> out.append(Numbers.print(number), false);
      case Text text -> quote(text, out);
      case Undefined undefined -> out.append("Undefined", false);
      case Sequence sequence -> print(sequence, out, budget);
      case Mapping mapping -> print(mapping, out, budget);
      case Namespace namespace -> out.append("<Namespace>", false);
      case Special special -> out.append("<function>", false);
    }
    budget.leave();
  }

  private static void print(Sequence sequence, TextBuilder out, Budget budget) {
    List<Value> items = sequence.items();
    out.append(sequence.tuple() ? "(" : "[", false);
    for (int i = 0; i < items.size(); i++) {
      out.append(i > 0 ? ", " : "", false);
      print(items.get(i), out, budget);
    }
    String single = items.size() == 1 ? ",)" : ")";
    out.append(sequence.tuple() ? single : "]", false);
  }

  private static void print(Mapping mapping, TextBuilder out, Budget budget) {
    String separator = "{";
    for (Mapping.Entry entry : mapping.entries()) {
      out.append(separator, false);
      print(entry.key(), out, budget);
      out.append(": ", false);
      print(entry.value(), out, budget);
      separator = ", ";
    }
    out.append(mapping.size() == 0 ? "{}" : "}", false);
  }

  private static void quote(Text text, TextBuilder out) {
    String all = text.string();
    char quote = all.indexOf('\'') >= 0 && all.indexOf('"') < 0 ? '"' : '\'';
    out.append(String.valueOf(quote), false);
    text.runs(
        0,
        all.length(),
        (from, to, content) -> {
          int written = from;
          for (int i = from; i < to; ) {
            int c = all.codePointAt(i);
            int next = i + Character.charCount(c);
            if (c == quote || c == '\\' || !isPrintable(c)) {
              out.append(all.substring(written, i), content);
              out.append(escape(c), content);
              written = next;
            }
            i = next;
          }
          out.append(all.substring(Math.min(written, to), to), content);
        });
    out.append(String.valueOf(quote), false);
  }

  private static String escape(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\\', '\'', '"' -> "\\" + (char) c;
      default ->
          String.format(
              Locale.ROOT, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    };
  }

  private static boolean isPrintable(int c) {
    if (c >= ' ' && c < 0x7f) {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
