package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Expression.Call;
import dev.tsuku.llm.template.jinja.syntax.Statement.CallBlock;
import dev.tsuku.llm.template.jinja.syntax.Statement.Definition;
import dev.tsuku.llm.template.jinja.syntax.Statement.Macro;
import dev.tsuku.llm.template.jinja.syntax.Statement.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Tags that define macros, or call one with a body. Belongs to one thread. */
final class MacroParser {

  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final Parser statements;

  MacroParser(TokenStream tokens, ExpressionParser expressions, Parser statements) {
    this.tokens = tokens;
    this.expressions = expressions;
    this.statements = statements;
  }

  /** {@code macro}, up to its end. */
  Statement macro(int line) {
    String name = tokens.expectName();
    List<Parameter> parameters = parameters();
    return new Macro(name, definition(parameters, "endmacro"), line);
  }

  /** {@code call}, up to its end. */
  Statement call(int line) {
    List<Parameter> parameters = tokens.current().isOperator("(") ? parameters() : List.of();
    if (!(expressions.expression() instanceof Call call)) {
      throw tokens.unexpected("a call");
    }
    return new CallBlock(call, definition(parameters, "endcall"), line);
  }

  private Definition definition(List<Parameter> parameters, String end) {
    List<List<Statement>> body = new ArrayList<>();
    Set<String> uses = tokens.namesMetBy(() -> body.add(statements.bodyOutsideLoops(end)));
    return new Definition(parameters, body.getFirst(), Set.copyOf(uses));
  }

  private List<Parameter> parameters() {
    tokens.expectOperator("(");
    List<Parameter> parameters = new ArrayList<>();
    while (!tokens.skipOperator(")")) {
      String name = tokens.expectName();
      Optional<Expression> fallback =
          tokens.skipOperator("=") ? Optional.of(expressions.expression()) : Optional.empty();
      parameters.add(new Parameter(name, fallback));
      if (!tokens.current().isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    return List.copyOf(parameters);
  }
}
