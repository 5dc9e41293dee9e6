package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Expression.And;
import dev.tsuku.llm.template.jinja.syntax.Expression.Binary;
import dev.tsuku.llm.template.jinja.syntax.Expression.BinaryOperator;
import dev.tsuku.llm.template.jinja.syntax.Expression.Comparand;
import dev.tsuku.llm.template.jinja.syntax.Expression.Comparator;
import dev.tsuku.llm.template.jinja.syntax.Expression.Comparison;
import dev.tsuku.llm.template.jinja.syntax.Expression.Concatenation;
import dev.tsuku.llm.template.jinja.syntax.Expression.Conditional;
import dev.tsuku.llm.template.jinja.syntax.Expression.Items;
import dev.tsuku.llm.template.jinja.syntax.Expression.Not;
import dev.tsuku.llm.template.jinja.syntax.Expression.Or;
import dev.tsuku.llm.template.jinja.syntax.Expression.Sign;
import dev.tsuku.llm.template.jinja.syntax.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Expressions, from the loosest operator to the tightest. Belongs to one thread. */
final class ExpressionParser {

  private static final Map<String, BinaryOperator> SUMS =
      Map.of("+", BinaryOperator.ADD, "-", BinaryOperator.SUBTRACT);
  private static final Map<String, BinaryOperator> PRODUCTS =
      Map.of(
          "*", BinaryOperator.MULTIPLY,
          "/", BinaryOperator.DIVIDE,
          "//", BinaryOperator.FLOOR_DIVIDE,
          "%", BinaryOperator.REMAINDER);
  private static final Map<String, BinaryOperator> POWERS = Map.of("**", BinaryOperator.POWER);
  private static final Map<String, Comparator> COMPARATORS =
      Map.of(
          "==", Comparator.EQUAL,
          "!=", Comparator.NOT_EQUAL,
          "<", Comparator.LESS,
          "<=", Comparator.LESS_OR_EQUAL,
          ">", Comparator.GREATER,
          ">=", Comparator.GREATER_OR_EQUAL);

  private final TokenStream tokens;
  private final PrimaryParser primary;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.primary = new PrimaryParser(tokens, this);
  }

  /** One expression. */
  Expression expression() {
    tokens.enter();
    Expression result = conditional();
    tokens.leave();
    return result;
  }

  /** One expression that cannot be followed by an {@code if} of its own. */
  Expression withoutCondition() {
    tokens.enter();
    Expression result = or();
    tokens.leave();
    return result;
  }

  /** One expression, or several with commas between them: a tuple. */
  Expression tuple(Supplier<Expression> element) {
    List<Expression> items = new ArrayList<>();
    boolean comma = false;
    while (!atTupleEnd()) {
      items.add(element.get());
      if (!tokens.skipOperator(",")) {
        break;
      }
      comma = true;
    }
    if (comma) {
      return new Items(List.copyOf(items), true);
    }
    if (items.isEmpty()) {
      throw tokens.unexpected("an expression");
    }
    return items.getFirst();
  }

  PrimaryParser primary() {
    return primary;
  }

  private boolean atTupleEnd() {
    Token token = tokens.current();
    return token.kind() == Kind.BLOCK_END
        || token.kind() == Kind.PRINT_END
        || token.isOperator(")")
        || token.isName("recursive");
  }

  private Expression conditional() {
    Expression then = or();
    for (int chain = 0; tokens.skipName("if"); tokens.requireDepth(++chain)) {
      Expression condition = or();
      Optional<Expression> otherwise =
          tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
      then = new Conditional(condition, then, otherwise);
    }
    return then;
  }

  private Expression or() {
    Expression left = and();
    for (int chain = 0; tokens.skipName("or"); tokens.requireDepth(++chain)) {
      left = new Or(left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    for (int chain = 0; tokens.skipName("and"); tokens.requireDepth(++chain)) {
      left = new And(left, not());
    }
    return left;
  }

  private Expression not() {
    if (!tokens.skipName("not")) {
      return comparison();
    }
    tokens.enter();
    Expression operand = not();
    tokens.leave();
    return new Not(operand);
  }

  private Expression comparison() {
    int line = tokens.current().line();
    Expression first = sum();
    List<Comparand> rest = new ArrayList<>();
    for (Comparator next = comparator(); next != null; next = comparator()) {
      rest.add(new Comparand(next, sum()));
    }
    return rest.isEmpty() ? first : new Comparison(first, List.copyOf(rest), line);
  }

  private @Nullable Comparator comparator() {
    if (tokens.skipName("in")) {
      return Comparator.IN;
    }
    if (tokens.current().isName("not") && tokens.following().isName("in")) {
      tokens.next();
      tokens.next();
      return Comparator.NOT_IN;
    }
    Token token = tokens.current();
    Comparator found = token.kind() == Kind.OPERATOR ? COMPARATORS.get(token.text()) : null;
    if (found != null) {
      tokens.next();
    }
    return found;
  }

  private Expression sum() {
    return chain(SUMS, this::concatenation);
  }

  private Expression concatenation() {
    Expression first = product();
    if (!tokens.current().isOperator("~")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>();
    parts.add(first);
    while (tokens.skipOperator("~")) {
      parts.add(product());
    }
    return new Concatenation(List.copyOf(parts));
  }

  private Expression product() {
    return chain(PRODUCTS, this::power);
  }

  private Expression power() {
    return chain(POWERS, () -> unary(true));
  }

  private Expression chain(Map<String, BinaryOperator> operators, Supplier<Expression> operand) {
    Expression left = operand.get();
    for (int chain = 1; ; chain++) {
      Token token = tokens.current();
      BinaryOperator operator = token.kind() == Kind.OPERATOR ? operators.get(token.text()) : null;
      if (operator == null) {
        return left;
      }
      tokens.requireDepth(chain);
      tokens.next();
      left = new Binary(operator, left, operand.get(), token.line());
    }
  }

  /** A sign binds tighter than a filter behind it. */
  private Expression unary(boolean withFilters) {
    tokens.enter();
    Expression operand;
    if (tokens.skipOperator("-")) {
      operand = new Sign(true, unary(false));
    } else if (tokens.skipOperator("+")) {
      operand = new Sign(false, unary(false));
    } else {
      operand = primary.primary();
    }
    operand = primary.postfix(operand);
    if (withFilters) {
      operand = primary.filters(operand);
    }
    tokens.leave();
    return operand;
  }
}
