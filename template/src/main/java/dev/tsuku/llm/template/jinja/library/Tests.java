package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Arithmetic;
import dev.tsuku.llm.template.jinja.operation.Equality;
import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.operation.Numbers;
import dev.tsuku.llm.template.jinja.operation.Order;
import dev.tsuku.llm.template.jinja.operation.Truth;
import dev.tsuku.llm.template.jinja.syntax.Expression.BinaryOperator;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.function.Predicate;

/** All tests. */
public final class Tests {

  private static final Table TABLE = kinds().all(comparisons()).all(numbers()).all(names());

  private Tests() {}

  /** {@code subject is name(arguments)}. */
  public static boolean apply(String name, Value subject, Arguments arguments, Budget budget) {
    Operation test = TABLE.find(name);
    if (test == null) {
      throw TemplateException.failed("there is no test '" + name + "'");
    }
    return Truth.of(test.apply(subject, arguments, budget));
  }

  private static Table kinds() {
    Table table = new Table();
    kind(table, "defined", v -> !(v instanceof Undefined));
    kind(table, "undefined", v -> v instanceof Undefined);
    kind(table, "none", v -> v instanceof Value.None);
    kind(table, "string", v -> v instanceof Text);
    kind(table, "mapping", v -> v instanceof Mapping);
    kind(table, "iterable", Iteration::isIterable);
    // Whatever has a length and items counts, also a dictionary and what is undefined.
    kind(table, "sequence", Iteration::isIterable);
    kind(table, "number", Numbers::isNumber);
    kind(table, "integer", v -> v instanceof Value.Int);
    kind(table, "float", v -> v instanceof Value.Real);
    kind(table, "boolean", v -> v instanceof Value.Bool);
    kind(table, "true", v -> v instanceof Value.Bool(boolean truth) && truth);
    kind(table, "false", v -> v instanceof Value.Bool(boolean truth) && !truth);
    kind(table, "callable", v -> v instanceof Special special && special.callable());
    kind(table, "escaped", v -> v instanceof Text text && text.isMarkup());
    return table;
  }

  private static void kind(Table table, String name, Predicate<Value> test) {
    table.add(name, (value, arguments, budget) -> Value.of(test.test(value)));
  }

  private static Table comparisons() {
    return new Table()
        .add("eq", (v, a, b) -> Value.of(Equality.equal(v, a.at(0), b)), "other")
        .alias("equalto", "eq")
        .alias("==", "eq")
        .add("ne", (v, a, b) -> Value.of(!Equality.equal(v, a.at(0), b)), "other")
        .alias("!=", "ne")
        .add("lt", (v, a, b) -> Value.of(Order.less(v, a.at(0), false, b)), "other")
        .alias("lessthan", "lt")
        .alias("<", "lt")
        .add("le", (v, a, b) -> Value.of(Order.less(v, a.at(0), true, b)), "other")
        .alias("<=", "le")
        .add("gt", (v, a, b) -> Value.of(Order.less(a.at(0), v, false, b)), "other")
        .alias("greaterthan", "gt")
        .alias(">", "gt")
        .add("ge", (v, a, b) -> Value.of(Order.less(a.at(0), v, true, b)), "other")
        .alias(">=", "ge")
        .add("in", (v, a, b) -> Value.of(Iteration.contains(a.at(0), v, b)), "seq")
        .add(
            "sameas",
            (v, a, b) -> Value.of(v.type().equals(a.at(0).type()) && Equality.equal(v, a.at(0), b)),
            "other");
  }

  private static Table numbers() {
    return new Table()
        .add("even", (v, a, b) -> Value.of(!Truth.of(remainder(v, Value.of(2), b))))
        .add("odd", (v, a, b) -> Value.of(Truth.of(remainder(v, Value.of(2), b))))
        .add("divisibleby", (v, a, b) -> Value.of(!Truth.of(remainder(v, a.at(0), b))), "num");
  }

  private static Table names() {
    return new Table()
        .text("lower", (v, a, b) -> Value.of(Judging.isLower(v, b)))
        .text("upper", (v, a, b) -> Value.of(Judging.isUpper(v, b)))
        .text("filter", (v, a, b) -> Value.of(Filters.exists(v.string())))
        .text("test", (v, a, b) -> Value.of(TABLE.find(v.string()) != null));
  }

  private static Value remainder(Value value, Value divisor, Budget budget) {
    return Arithmetic.apply(BinaryOperator.REMAINDER, value, divisor, budget);
  }
}
