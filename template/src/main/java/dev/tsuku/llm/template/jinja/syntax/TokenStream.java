package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Token.Kind;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The tokens that are still to be parsed, how deep the parser is, and which names it met. */
final class TokenStream {

  /** How deep expressions and blocks may nest, and how long a chain of operators may be. */
  static final int MAX_DEPTH = 120;

  private final List<Token> tokens;
  private Set<String> names = new HashSet<>();
  private int at;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(at);
  }

  Token following() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  /** The current token; the stream moves on. */
  Token next() {
    Token token = current();
    if (at < tokens.size() - 1) {
      at++;
    }
    return token;
  }

  boolean skipOperator(String operator) {
    boolean there = current().isOperator(operator);
    if (there) {
      next();
    }
    return there;
  }

  boolean skipName(String name) {
    boolean there = current().isName(name);
    if (there) {
      next();
    }
    return there;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  String expectName() {
    if (current().kind() != Kind.NAME) {
      throw unexpected("a name");
    }
    return next().text();
  }

  void expect(Kind kind) {
    if (current().kind() != kind) {
      throw unexpected(new Token(kind, "", current().value(), 0).words());
    }
    next();
  }

  TemplateException unexpected(String expected) {
    return TemplateException.syntax(
        current().line(), current().words() + " stands where " + expected + " is expected");
  }

  void enter() {
    requireDepth(++depth);
  }

  void leave() {
    depth--;
  }

  /** Refuses what nests too deep, or is chained too long. */
  void requireDepth(int levels) {
    if (levels > MAX_DEPTH) {
      throw TemplateException.syntax(
          current().line(), "it nests deeper than " + MAX_DEPTH + " levels");
    }
  }

  void met(String name) {
    names.add(name);
  }

  /** The names that are met while something is parsed. */
  Set<String> namesMetBy(Runnable parsing) {
    Set<String> outer = names;
    Set<String> inner = new HashSet<>();
    names = inner;
    parsing.run();
    outer.addAll(inner);
    names = outer;
    return inner;
  }
}
