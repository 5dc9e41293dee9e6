package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Expression.Attribute;
import dev.tsuku.llm.template.jinja.syntax.Expression.Call;
import dev.tsuku.llm.template.jinja.syntax.Expression.CallArguments;
import dev.tsuku.llm.template.jinja.syntax.Expression.Filter;
import dev.tsuku.llm.template.jinja.syntax.Expression.Item;
import dev.tsuku.llm.template.jinja.syntax.Expression.Items;
import dev.tsuku.llm.template.jinja.syntax.Expression.Literal;
import dev.tsuku.llm.template.jinja.syntax.Expression.Name;
import dev.tsuku.llm.template.jinja.syntax.Expression.NamedArgument;
import dev.tsuku.llm.template.jinja.syntax.Expression.Not;
import dev.tsuku.llm.template.jinja.syntax.Expression.Pairs;
import dev.tsuku.llm.template.jinja.syntax.Expression.Slice;
import dev.tsuku.llm.template.jinja.syntax.Expression.Test;
import dev.tsuku.llm.template.jinja.syntax.Token.Kind;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an operator stands between: literals and names, with what is hung on them: attributes,
 * items, calls, filters, tests. Belongs to one thread.
 */
final class PrimaryParser {

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  PrimaryParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  Expression primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> name(token.text());
      case STRING -> string(token.text());
      case NUMBER -> new Literal(token.value());
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> parentheses();
            case "[" -> new Items(list(), false);
            case "{" -> pairs();
            default -> throw misplaced(token);
          };
      case DATA, BLOCK_BEGIN, BLOCK_END, PRINT_BEGIN, PRINT_END, END -> throw misplaced(token);
    };
  }

  /** Attributes, items and calls. */
  Expression postfix(Expression operand) {
    Expression result = operand;
    for (int chain = 1; ; chain++) {
      tokens.requireDepth(chain);
      Token token = tokens.current();
      if (tokens.skipOperator(".")) {
        result = attribute(result);
      } else if (tokens.skipOperator("[")) {
        result = subscript(result);
      } else if (token.isOperator("(")) {
        result = new Call(result, arguments(), token.line());
      } else {
        return result;
      }
    }
  }

  /** Filters and tests, and calls of what they give. */
  Expression filters(Expression operand) {
    Expression result = operand;
    for (int chain = 1; ; chain++) {
      tokens.requireDepth(chain);
      Token token = tokens.current();
      if (tokens.skipOperator("|")) {
        result = filter(result);
      } else if (tokens.skipName("is")) {
        result = test(result, token.line());
      } else if (token.isOperator("(")) {
        result = new Call(result, arguments(), token.line());
      } else {
        return result;
      }
    }
  }

  /** A filter, behind its bar. */
  Filter filter(Expression subject) {
    int line = tokens.current().line();
    String name = dottedName();
    CallArguments arguments = tokens.current().isOperator("(") ? arguments() : CallArguments.NONE;
    return new Filter(subject, name, arguments, line);
  }

  /** The arguments of a call, from its parenthesis on. */
  CallArguments arguments() {
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<NamedArgument> named = new ArrayList<>();
    Optional<Expression> morePositional = Optional.empty();
    Optional<Expression> moreNamed = Optional.empty();
    while (!tokens.skipOperator(")")) {
      if (tokens.skipOperator("**")) {
        moreNamed = Optional.of(expressions.expression());
      } else if (tokens.skipOperator("*")) {
        morePositional = Optional.of(expressions.expression());
      } else if (tokens.current().kind() == Kind.NAME && tokens.following().isOperator("=")) {
        String name = tokens.expectName();
        tokens.next();
        named.add(new NamedArgument(name, expressions.expression()));
      } else if (named.isEmpty() && morePositional.isEmpty() && moreNamed.isEmpty()) {
        positional.add(expressions.expression());
      } else {
        throw tokens.unexpected("a named argument");
      }
      if (!tokens.skipOperator(",") && !tokens.current().isOperator(")")) {
        throw tokens.unexpected("',' or ')'");
      }
    }
    return new CallArguments(
        List.copyOf(positional), List.copyOf(named), morePositional, moreNamed);
  }

  private Expression name(String name) {
    tokens.met(name);
    return switch (name) {
      case "true", "True" -> new Literal(Value.TRUE);
      case "false", "False" -> new Literal(Value.FALSE);
      case "none", "None" -> new Literal(Value.NONE);
      default -> new Name(name);
    };
  }

  /** Literals side by side are one. */
  private Expression string(String first) {
    StringBuilder text = new StringBuilder(first);
    while (tokens.current().kind() == Kind.STRING) {
      text.append(tokens.next().text());
    }
    return new Literal(Text.format(text.toString()));
  }

  private Expression parentheses() {
    if (tokens.skipOperator(")")) {
      return new Items(List.of(), true);
    }
    Expression inside = expressions.tuple(expressions::expression);
    tokens.expectOperator(")");
    return inside;
  }

  private List<Expression> list() {
    List<Expression> items = new ArrayList<>();
    while (!tokens.skipOperator("]")) {
      items.add(expressions.expression());
      if (!tokens.current().isOperator("]")) {
        tokens.expectOperator(",");
      }
    }
    return List.copyOf(items);
  }

  private Expression pairs() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      keys.add(expressions.expression());
      tokens.expectOperator(":");
      values.add(expressions.expression());
      if (!tokens.current().isOperator("}")) {
        tokens.expectOperator(",");
      }
    }
    return new Pairs(List.copyOf(keys), List.copyOf(values));
  }

  private Expression attribute(Expression owner) {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> new Attribute(owner, token.text());
      case NUMBER -> new Item(owner, new Literal(token.value()));
      case DATA, BLOCK_BEGIN, BLOCK_END, PRINT_BEGIN, PRINT_END, STRING, OPERATOR, END ->
          throw misplaced(token);
    };
  }

  private Expression subscript(Expression owner) {
    Optional<Expression> from = sliceBound();
    if (!tokens.skipOperator(":")) {
      Expression key = from.orElseThrow(() -> tokens.unexpected("an expression"));
      tokens.expectOperator("]");
      return new Item(owner, key);
    }
    Optional<Expression> to = sliceBound();
    Optional<Expression> step = tokens.skipOperator(":") ? sliceBound() : Optional.empty();
    tokens.expectOperator("]");
    return new Slice(owner, from, to, step);
  }

  private Optional<Expression> sliceBound() {
    Token token = tokens.current();
    return token.isOperator(":") || token.isOperator("]")
        ? Optional.empty()
        : Optional.of(expressions.expression());
  }

  private Expression test(Expression subject, int line) {
    boolean negated = tokens.skipName("not");
    String name = dottedName();
    CallArguments arguments;
    if (tokens.current().isOperator("(")) {
      arguments = arguments();
    } else if (atTestArgument()) {
      Expression argument = postfix(primary());
      arguments =
          new CallArguments(List.of(argument), List.of(), Optional.empty(), Optional.empty());
    } else {
      arguments = CallArguments.NONE;
    }
    Expression test = new Test(subject, name, arguments, line);
    return negated ? new Not(test) : test;
  }

  private boolean atTestArgument() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case STRING, NUMBER -> true;
      case NAME ->
          switch (token.text()) {
            case "else", "or", "and", "if" -> false;
            case "is" -> throw tokens.unexpected("an argument, for tests cannot be chained,");
            default -> true;
          };
      case OPERATOR -> token.text().equals("[") || token.text().equals("{");
      case DATA, BLOCK_BEGIN, BLOCK_END, PRINT_BEGIN, PRINT_END, END -> false;
    };
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(tokens.expectName());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expectName());
    }
    return name.toString();
  }

  private static TemplateException misplaced(Token token) {
    return TemplateException.syntax(
        token.line(), token.words() + " stands where an expression is expected");
  }
}
