package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Token.Kind;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Value;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts the inside of one tag. Belongs to one thread. */
final class TagLexer {

  private static final Pattern FLOAT =
      Pattern.compile("(?:\\d++_)*+\\d++(?:(?:\\.(?:\\d++_)*+\\d++)?[eE][+-]?\\d++|\\.\\d++)");
  private static final Pattern INTEGER =
      Pattern.compile(
          "0[bB](?:_?[01])++|0[oO](?:_?[0-7])++|0[xX](?:_?\\p{XDigit})++|\\d(?:_?\\d)*+");
  private static final List<String> OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=");
  private static final String SINGLES = "+-/*%~[](){}><=.:|,;";
  private static final int MAX_DIGITS = 1000;

  private final String source;
  private final String close;
  private final Deque<Character> open = new ArrayDeque<>();
  private int end;

  TagLexer(String source, String close) {
    this.source = source;
    this.close = close;
  }

  /** The index of the closing characters if the tag ends here, else -1. */
  int closing(int at) {
    if (!open.isEmpty()) {
      return -1;
    }
    char sign = source.charAt(at);
    boolean signed = sign == '-' || (sign == '+' && close.equals("%}"));
    int bracket = signed ? at + 1 : at;
    return source.startsWith(close, bracket) ? bracket : -1;
  }

  /** The token that begins here. */
  Token token(int at, int line) {
    char c = source.charAt(at);
    if (c == '\'' || c == '"') {
      return string(at, c, line);
    }
    if (c >= '0' && c <= '9') {
      return number(at, line);
    }
    if (Character.isJavaIdentifierStart(source.codePointAt(at)) && c != '$') {
      return name(at, line);
    }
    return operator(at, line);
  }

  /** Where the last token ended. */
  int end() {
    return end;
  }

  private Token string(int at, char quote, int line) {
    for (int i = at + 1; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == quote) {
        end = i + 1;
        return new Token(
            Kind.STRING, Escapes.resolve(source.substring(at + 1, i), line), Value.NONE, line);
      }
    }
    throw TemplateException.syntax(line, "a string does not end");
  }

  private Token number(int at, int line) {
    Matcher number = FLOAT.matcher(source).region(at, source.length());
    // In a.0.1 the digits are two items and no float.
    if ((at == 0 || source.charAt(at - 1) != '.') && number.lookingAt()) {
      end = number.end();
      String digits = number.group().replace("_", "");
      return new Token(Kind.NUMBER, digits, new Value.Real(Double.parseDouble(digits)), line);
    }
    Matcher integer = INTEGER.matcher(source).region(at, source.length());
    if (!integer.lookingAt()) {
      throw TemplateException.syntax(line, "a number is not one");
    }
    end = integer.end();
    String digits = integer.group().replace("_", "");
    if (digits.length() > MAX_DIGITS) {
      throw TemplateException.syntax(line, "a number has more than " + MAX_DIGITS + " digits");
    }
    return new Token(Kind.NUMBER, digits, new Value.Int(integer(digits)), line);
  }

  private static BigInteger integer(String digits) {
    if (digits.length() > 2 && digits.charAt(0) == '0') {
      String rest = digits.substring(2);
      switch (digits.charAt(1)) {
        case 'x', 'X' -> {
          return new BigInteger(rest, 16);
        }
        case 'o', 'O' -> {
          return new BigInteger(rest, 8);
        }
        case 'b', 'B' -> {
          return new BigInteger(rest, 2);
        }
        default -> {}
      }
    }
    return new BigInteger(digits);
  }

  private Token name(int at, int line) {
    int i = at;
    while (i < source.length()
        && Character.isJavaIdentifierPart(source.codePointAt(i))
        && source.charAt(i) != '$') {
      i += Character.charCount(source.codePointAt(i));
    }
    end = i;
    return new Token(Kind.NAME, source.substring(at, i), Value.NONE, line);
  }

  private Token operator(int at, int line) {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        end = at + 2;
        return new Token(Kind.OPERATOR, operator, Value.NONE, line);
      }
    }
    char c = source.charAt(at);
    if (SINGLES.indexOf(c) < 0) {
      throw TemplateException.syntax(line, "'" + source.substring(at, at + 1) + "' means nothing");
    }
    balance(c, line);
    end = at + 1;
    return new Token(Kind.OPERATOR, String.valueOf(c), Value.NONE, line);
  }

  private void balance(char c, int line) {
    switch (c) {
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '{' -> open.push('}');
      case ')', ']', '}' -> {
        if (open.isEmpty() || open.pop() != c) {
          throw TemplateException.syntax(line, "'" + c + "' closes nothing");
        }
      }
      default -> {}
    }
  }
}
