package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.value.TemplateException;

/** Backslashes in string literals, as in Python. An escape that means nothing stays as it is. */
final class Escapes {

  private Escapes() {}

  /** What a literal stands for. */
  static String resolve(String literal, int line) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder text = new StringBuilder(literal.length());
    int i = 0;
    while (i < literal.length()) {
      char c = literal.charAt(i++);
      if (c != '\\' || i == literal.length()) {
        text.append(c);
        continue;
      }
      char escape = literal.charAt(i++);
      switch (escape) {
        case 'n' -> text.append('\n');
        case 't' -> text.append('\t');
        case 'r' -> text.append('\r');
        case 'a' -> text.append('\u0007');
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'v' -> text.append('\u000b');
        case '\\', '\'', '"' -> text.append(escape);
        case '\n' -> {}
        case 'x' -> i = hex(text, literal, i, 2, line);
        case 'u' -> i = hex(text, literal, i, 4, line);
        case 'U' -> i = hex(text, literal, i, 8, line);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(text, literal, i - 1);
        default -> text.append('\\').append(escape);
      }
    }
    return text.toString();
  }

  private static int hex(StringBuilder text, String literal, int from, int digits, int line) {
    int code = 0;
    int end = from + digits;
    for (int i = from; i < end; i++) {
      int digit = i < literal.length() ? Character.digit(literal.charAt(i), 16) : -1;
      if (digit < 0) {
        throw TemplateException.syntax(line, "an escape in a string is cut short");
      }
      code = code * 16 + digit;
    }
    if (!Character.isValidCodePoint(code)) {
      throw TemplateException.syntax(line, "an escape in a string names no character");
    }
    text.appendCodePoint(code);
    return end;
  }

  private static int octal(StringBuilder text, String literal, int from) {
    int code = 0;
    int i = from;
    while (i < literal.length() && i < from + 3 && Character.digit(literal.charAt(i), 8) >= 0) {
      code = code * 8 + Character.digit(literal.charAt(i++), 8);
    }
    text.append((char) code);
    return i;
  }
}
