package dev.tsuku.llm.template.jinja;

import dev.tsuku.llm.template.jinja.library.Access;
import dev.tsuku.llm.template.jinja.library.Filters;
import dev.tsuku.llm.template.jinja.library.Tests;
import dev.tsuku.llm.template.jinja.operation.Arithmetic;
import dev.tsuku.llm.template.jinja.operation.Equality;
import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.operation.Order;
import dev.tsuku.llm.template.jinja.operation.Printing;
import dev.tsuku.llm.template.jinja.operation.Slices;
import dev.tsuku.llm.template.jinja.operation.Truth;
import dev.tsuku.llm.template.jinja.syntax.Expression;
import dev.tsuku.llm.template.jinja.syntax.Expression.Comparand;
import dev.tsuku.llm.template.jinja.syntax.Expression.Comparator;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the values of expressions. Belongs to one rendering and its thread. */
final class Evaluator {

  private final Budget budget;
  private int line;

  Evaluator(Budget budget) {
    this.budget = budget;
  }

  /** Which line of the template is being evaluated. */
  int line() {
    return line;
  }

  /** Goes on at a line. */
  void at(int newLine) {
    line = newLine;
  }

  /** The value of an expression. */
  Value value(Expression expression, Scope scope) {
    budget.enter();
    Value value =
        switch (expression) {
          case Expression.Literal(Value literal) -> literal;
          case Expression.Name(String name) -> scope.find(name);
          case Expression.Items(List<Expression> items, boolean tuple) ->
              new Sequence(values(items, scope), tuple);
          case Expression.Pairs pairs -> mapping(pairs, scope);
          case Expression.Attribute(Expression owner, String name) ->
              Access.attribute(value(owner, scope), Text.format(name));
          case Expression.Item(Expression owner, Expression key) ->
              Access.item(value(owner, scope), value(key, scope), budget);
          case Expression.Slice slice -> slice(slice, scope);
          case Expression.Call call -> call(call, call.arguments(), Optional.empty(), scope);
          case Expression.Filter filter -> filter(filter, value(filter.subject(), scope), scope);
          case Expression.Test test -> Value.of(test(test, scope));
          case Expression.Binary binary -> binary(binary, scope);
          case Expression.Concatenation(List<Expression> parts) -> concatenation(parts, scope);
          case Expression.Comparison comparison -> Value.of(comparison(comparison, scope));
          case Expression.And(Expression left, Expression right) -> {
            Value first = value(left, scope);
            yield Truth.of(first) ? value(right, scope) : first;
          }
          case Expression.Or(Expression left, Expression right) -> {
            Value first = value(left, scope);
            yield Truth.of(first) ? first : value(right, scope);
          }
          case Expression.Not(Expression operand) -> Value.of(!truth(operand, scope));
          case Expression.Sign(boolean negative, Expression operand) ->
              Arithmetic.sign(negative, value(operand, scope));
          case Expression.Conditional conditional -> conditional(conditional, scope);
        };
    budget.leave();
    return value;
  }

  /** Whether an expression is true. */
  boolean truth(Expression expression, Scope scope) {
    return Truth.of(value(expression, scope));
  }

  /** A filter on a subject that is known already. */
  Value filter(Expression.Filter filter, Value subject, Scope scope) {
    Arguments arguments = arguments(filter.arguments(), Optional.empty(), scope);
    line = filter.line();
    return Filters.apply(filter.name(), subject, arguments, budget);
  }

  /**
   * A call.
   *
   * @param caller what the body of a call block becomes
   */
  Value call(
      Expression.Call call, Expression.CallArguments written, Optional<Value> caller, Scope scope) {
    Value function = value(call.function(), scope);
    Arguments arguments = arguments(written, caller, scope);
    line = call.line();
    return switch (function) {
      case Special special when special.callable() -> {
        Value result = special.call(arguments, budget);
        line = call.line();
        yield result;
      }
      case Undefined undefined -> throw undefined.refusal();
      default -> throw TemplateException.failed(function.type() + " cannot be called");
    };
  }

  private Arguments arguments(
      Expression.CallArguments written, Optional<Value> caller, Scope scope) {
    if (written.named().isEmpty()
        && written.morePositional().isEmpty()
        && written.moreNamed().isEmpty()
        && caller.isEmpty()) {
      return written.positional().isEmpty()
          ? Arguments.NONE
          : new Arguments(values(written.positional(), scope), Map.of());
    }
    List<Value> positional = new ArrayList<>(values(written.positional(), scope));
    Map<String, Value> named = new LinkedHashMap<>();
    written.named().forEach(argument -> named.put(argument.name(), value(argument.value(), scope)));
    if (written.morePositional().isPresent()) {
      List<Value> more = Iteration.items(value(written.morePositional().get(), scope), budget);
      budget.elements(more.size());
      positional.addAll(more);
    }
    if (written.moreNamed().isPresent()) {
      if (!(value(written.moreNamed().get(), scope) instanceof Mapping more)) {
        throw TemplateException.failed("'**' stands before something else than a dictionary");
      }
      budget.elements(more.size());
      more.entries().forEach(e -> named.put(Printing.text(e.key(), budget).string(), e.value()));
    }
    caller.ifPresent(value -> named.put("caller", value));
    return new Arguments(List.copyOf(positional), named);
  }

  private List<Value> values(List<Expression> expressions, Scope scope) {
    Value[] values = new Value[expressions.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(expressions.get(i), scope);
    }
    budget.elements(values.length);
    return List.of(values);
  }

  private Value mapping(Expression.Pairs pairs, Scope scope) {
    budget.elements(pairs.keys().size());
    Mapping.Builder entries = new Mapping.Builder();
    for (int i = 0; i < pairs.keys().size(); i++) {
      entries.put(value(pairs.keys().get(i), scope), value(pairs.values().get(i), scope));
    }
    return entries.build();
  }

  private Value slice(Expression.Slice slice, Scope scope) {
    Value owner = value(slice.owner(), scope);
    return Slices.slice(
        owner,
        new Slices.Bounds(
            bound(slice.from(), scope), bound(slice.to(), scope), bound(slice.step(), scope)),
        budget);
  }

  private Value bound(Optional<Expression> bound, Scope scope) {
    return bound.isPresent() ? value(bound.get(), scope) : Value.NONE;
  }

  private boolean test(Expression.Test test, Scope scope) {
    Value subject = value(test.subject(), scope);
    Arguments arguments = arguments(test.arguments(), Optional.empty(), scope);
    line = test.line();
    return Tests.apply(test.name(), subject, arguments, budget);
  }

  private Value binary(Expression.Binary binary, Scope scope) {
    Value left = value(binary.left(), scope);
    Value right = value(binary.right(), scope);
    line = binary.line();
    return Arithmetic.apply(binary.operator(), left, right, budget);
  }

  private Value concatenation(List<Expression> parts, Scope scope) {
    Text all = Text.EMPTY;
    for (Expression part : parts) {
      all = all.plus(Printing.text(value(part, scope), budget), budget);
    }
    return all;
  }

  private boolean comparison(Expression.Comparison comparison, Scope scope) {
    Value left = value(comparison.first(), scope);
    for (Comparand next : comparison.rest()) {
      Value right = value(next.operand(), scope);
      line = comparison.line();
      if (!holds(next.comparator(), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private boolean holds(Comparator comparator, Value left, Value right) {
    return switch (comparator) {
      case EQUAL -> Equality.equal(left, right, budget);
      case NOT_EQUAL -> !Equality.equal(left, right, budget);
      case LESS -> Order.less(left, right, false, budget);
      case LESS_OR_EQUAL -> Order.less(left, right, true, budget);
      case GREATER -> Order.less(right, left, false, budget);
      case GREATER_OR_EQUAL -> Order.less(right, left, true, budget);
      case IN -> Iteration.contains(right, left, budget);
      case NOT_IN -> !Iteration.contains(right, left, budget);
    };
  }

  private Value conditional(Expression.Conditional conditional, Scope scope) {
    if (truth(conditional.condition(), scope)) {
      return value(conditional.then(), scope);
    }
    return conditional.otherwise().isPresent()
        ? value(conditional.otherwise().get(), scope)
        : new Undefined("a condition is false and has no 'else'");
  }
}
