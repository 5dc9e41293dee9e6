package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Token.Kind;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a source into tokens: text, tags, and what is inside them. What tags do to the whitespace
 * around them happens here: {@code -} takes all of it, a block or comment tag takes the indent
 * before it and one newline behind it, {@code +} says not to. Belongs to one thread.
 */
final class Lexer {

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int lineKnownAt;

  private Lexer(String source) {
    this.source = source;
  }

  /** The tokens of a source; the last one is its end. */
  static List<Token> tokens(String source) {
    String lines = source.replace("\r\n", "\n").replace('\r', '\n');
    // One newline at the end of the source is not part of the template.
    return new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines).run();
  }

  private List<Token> run() {
    while (at < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        add(Kind.DATA, source.substring(at), at);
        at = source.length();
        break;
      }
      data(at, tag);
      at = tag;
      switch (source.charAt(tag + 1)) {
        case '#' -> comment();
        case '%' -> {
          if (!raw()) {
            tag(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
          }
        }
        default -> tag(Kind.PRINT_BEGIN, Kind.PRINT_END, "}}");
      }
    }
    add(Kind.END, "", source.length());
    return tokens;
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      char next = charAt(i + 1);
      if (next == '{' || next == '%' || next == '#') {
        return i;
      }
    }
    return -1;
  }

  /** The text before a tag, less what the tag takes of it. */
  private void data(int from, int tag) {
    int end = Whitespace.endBefore(source, from, tag);
    if (end > from) {
      add(Kind.DATA, source.substring(from, end), from);
    }
  }

  private void comment() {
    int close = source.indexOf("#}", at + 2);
    if (close < 0) {
      throw TemplateException.syntax(lineOf(at), "a comment does not end");
    }
    // In {#-#} the one sign belongs to the beginning.
    boolean signed = close > at + 3;
    at = signed ? Whitespace.startBehind(source, close, true) : close + 2;
    if (!signed && charAt(at) == '\n') {
      at++;
    }
  }

  /** A raw block, whose text is not looked at. */
  private boolean raw() {
    int inside = wordBehind(at + 2, "raw");
    if (inside < 0) {
      return false;
    }
    boolean takesSpace = charAt(inside) == '-';
    int close = takesSpace ? inside + 1 : inside;
    if (!source.startsWith("%}", close)) {
      return false;
    }
    int from = takesSpace ? Whitespace.skip(source, close + 2) : close + 2;
    for (int tag = source.indexOf("{%", from); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
      int end = wordBehind(tag + 2, "endraw");
      int bracket = end >= 0 && (charAt(end) == '-' || charAt(end) == '+') ? end + 1 : end;
      if (end >= 0 && source.startsWith("%}", bracket)) {
        data(from, tag);
        at = Whitespace.startBehind(source, bracket, true);
        return true;
      }
    }
    throw TemplateException.syntax(lineOf(at), "a raw block does not end");
  }

  /**
   * The index behind a word that follows a sign and spaces, and behind the spaces after it; or -1.
   */
  private int wordBehind(int from, String word) {
    int sign = charAt(from) == '-' || charAt(from) == '+' ? from + 1 : from;
    int start = Whitespace.skip(source, sign);
    return source.startsWith(word, start) ? Whitespace.skip(source, start + word.length()) : -1;
  }

  private void tag(Kind begin, Kind end, String close) {
    int opened = at;
    add(begin, source.substring(at, at + 2), at);
    at += 2;
    if (charAt(at) == '-' || charAt(at) == '+') {
      at++;
    }
    TagLexer inside = new TagLexer(source, close);
    while (true) {
      at = Whitespace.skip(source, at);
      if (at >= source.length()) {
        throw TemplateException.syntax(lineOf(opened), "a tag does not end");
      }
      int closing = inside.closing(at);
      if (closing >= 0) {
        add(end, close, at);
        at = Whitespace.startBehind(source, closing, end == Kind.BLOCK_END);
        return;
      }
      Token token = inside.token(at, lineOf(at));
      tokens.add(token);
      at = inside.end();
    }
  }

  private void add(Kind kind, String text, int where) {
    tokens.add(new Token(kind, text, Value.NONE, lineOf(where)));
  }

  private int lineOf(int index) {
    for (; lineKnownAt < index; lineKnownAt++) {
      if (source.charAt(lineKnownAt) == '\n') {
        line++;
      }
    }
    return line;
  }

  private char charAt(int index) {
    return index < source.length() ? source.charAt(index) : 0;
  }
}
