package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import java.util.Optional;

/** What has a value. */
public sealed interface Expression {

  /** A value that the template holds. */
  record Literal(Value value) implements Expression {}

  /** What a name stands for. */
  record Name(String name) implements Expression {}

  /** {@code [a, b]} or {@code (a, b)}. */
  record Items(List<Expression> items, boolean tuple) implements Expression {}

  /** <code>{a: b}</code>; as many keys as values. */
  record Pairs(List<Expression> keys, List<Expression> values) implements Expression {}

  /** {@code owner.name}. */
  record Attribute(Expression owner, String name) implements Expression {}

  /** {@code owner[key]}. */
  record Item(Expression owner, Expression key) implements Expression {}

  /** {@code owner[from:to:step]}. */
  record Slice(
      Expression owner,
      Optional<Expression> from,
      Optional<Expression> to,
      Optional<Expression> step)
      implements Expression {}

  /** {@code function(arguments)}. */
  record Call(Expression function, CallArguments arguments, int line) implements Expression {}

  /** {@code subject | name(arguments)}. */
  record Filter(Expression subject, String name, CallArguments arguments, int line)
      implements Expression {}

  /** {@code subject is name(arguments)}. */
  record Test(Expression subject, String name, CallArguments arguments, int line)
      implements Expression {}

  /** {@code left operator right}. */
  record Binary(BinaryOperator operator, Expression left, Expression right, int line)
      implements Expression {}

  /** {@code a ~ b ~ c}. */
  record Concatenation(List<Expression> parts) implements Expression {}

  /** {@code first < a <= b}: all must hold, each operand is evaluated once. */
  record Comparison(Expression first, List<Comparand> rest, int line) implements Expression {}

  /** One step of a comparison. */
  record Comparand(Comparator comparator, Expression operand) {}

  /** {@code left and right}. */
  record And(Expression left, Expression right) implements Expression {}

  /** {@code left or right}. */
  record Or(Expression left, Expression right) implements Expression {}

  /** {@code not operand}. */
  record Not(Expression operand) implements Expression {}

  /** {@code -operand} or {@code +operand}. */
  record Sign(boolean negative, Expression operand) implements Expression {}

  /** {@code then if condition else otherwise}. */
  record Conditional(Expression condition, Expression then, Optional<Expression> otherwise)
      implements Expression {}

  /** What is written between the parentheses of a call. */
  record CallArguments(
      List<Expression> positional,
      List<NamedArgument> named,
      Optional<Expression> morePositional,
      Optional<Expression> moreNamed) {

    static final CallArguments NONE =
        new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());
  }

  /** {@code name=value}. */
  record NamedArgument(String name, Expression value) {}

  /** Operators of two numbers, or of what Python also gives them to. */
  enum BinaryOperator {
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    FLOOR_DIVIDE("//"),
    REMAINDER("%"),
    POWER("**");

    private final String sign;

    BinaryOperator(String sign) {
      this.sign = sign;
    }

    /** As a template writes it. */
    public String sign() {
      return sign;
    }
  }

  /** What compares two values. */
  enum Comparator {
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    NOT_IN
  }
}
