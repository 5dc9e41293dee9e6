package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Expression.Filter;
import dev.tsuku.llm.template.jinja.syntax.Expression.Name;
import dev.tsuku.llm.template.jinja.syntax.Statement.Assign;
import dev.tsuku.llm.template.jinja.syntax.Statement.Capture;
import dev.tsuku.llm.template.jinja.syntax.Statement.Target;
import dev.tsuku.llm.template.jinja.syntax.Statement.With;
import dev.tsuku.llm.template.jinja.syntax.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Tags that let names stand for values. Belongs to one thread. */
final class AssignmentParser {

  private static final Set<String> CONSTANTS =
      Set.of("true", "True", "false", "False", "none", "None");

  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final Parser statements;

  AssignmentParser(TokenStream tokens, ExpressionParser expressions, Parser statements) {
    this.tokens = tokens;
    this.expressions = expressions;
    this.statements = statements;
  }

  /** {@code set}, with a value or with a body. */
  Statement set(int line) {
    Target target = target();
    if (tokens.skipOperator("=")) {
      Expression value = expressions.tuple(expressions::expression);
      tokens.expect(Kind.BLOCK_END);
      return new Assign(target, value, line);
    }
    List<Filter> filters = tokens.skipOperator("|") ? filters() : List.of();
    return new Capture(target, filters, statements.body("endset"), line);
  }

  /** {@code with}, up to its end. */
  Statement with(int line) {
    List<Assign> names = new ArrayList<>();
    while (tokens.current().kind() != Kind.BLOCK_END) {
      Target target = single();
      tokens.expectOperator("=");
      names.add(new Assign(target, expressions.expression(), line));
      if (tokens.current().kind() != Kind.BLOCK_END) {
        tokens.expectOperator(",");
      }
    }
    return new With(List.copyOf(names), statements.body("endwith"), line);
  }

  /** Filters of a block, one or more; the bar before the first one is gone. */
  List<Filter> filters() {
    List<Filter> filters = new ArrayList<>();
    do {
      tokens.requireDepth(filters.size());
      filters.add(expressions.primary().filter(new Name(Statement.CAPTURED)));
    } while (tokens.skipOperator("|"));
    return List.copyOf(filters);
  }

  /** What a value is given to; names with commas between them take one item each. */
  Target target() {
    List<Target> targets = new ArrayList<>();
    boolean comma = false;
    do {
      if (comma && tokens.current().kind() != Kind.NAME && !tokens.current().isOperator("(")) {
        break;
      }
      targets.add(single());
      comma |= tokens.current().isOperator(",");
    } while (tokens.skipOperator(","));
    return comma ? new Target.Several(List.copyOf(targets)) : targets.getFirst();
  }

  private Target single() {
    tokens.enter();
    Target target;
    if (tokens.skipOperator("(")) {
      target = target();
      tokens.expectOperator(")");
    } else {
      target = named();
    }
    tokens.leave();
    return target;
  }

  private Target named() {
    if (CONSTANTS.contains(tokens.current().text())) {
      throw tokens.unexpected("a name");
    }
    String name = tokens.expectName();
    return tokens.skipOperator(".")
        ? new Target.Member(name, tokens.expectName())
        : new Target.Variable(name);
  }
}
