package dev.tsuku.llm.template.jinja.syntax;

import dev.tsuku.llm.template.jinja.syntax.Expression.Filter;
import dev.tsuku.llm.template.jinja.value.Text;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What writes, or changes what names stand for. */
public sealed interface Statement {

  /** Text between tags. */
  record Write(Text text) implements Statement {}

  /** <code>{{ value }}</code>. */
  record Print(Expression value, int line) implements Statement {}

  /** {@code if}, with all its {@code elif}s. */
  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  /** A condition and what happens if it holds. */
  record Branch(Expression condition, List<Statement> body, int line) {}

  /** {@code for}. */
  record For(Loop loop, List<Statement> body, List<Statement> otherwise, int line)
      implements Statement {}

  /** The head of a {@code for}. */
  record Loop(
      Target target, Expression iterable, Optional<Expression> condition, boolean recursive) {}

  /** {@code set target = value}. */
  record Assign(Target target, Expression value, int line) implements Statement {}

  /**
   * {@code set target}, a body, {@code endset}.
   *
   * @param filters applied in this order; their subject is {@link #CAPTURED}
   */
  record Capture(Target target, List<Filter> filters, List<Statement> body, int line)
      implements Statement {}

  /** A body whose text goes through filters, as in {@link Capture}. */
  record Filtered(List<Filter> filters, List<Statement> body, int line) implements Statement {}

  /** {@code macro}. */
  record Macro(String name, Definition definition, int line) implements Statement {}

  /** {@code call(parameters) function(arguments)}, a body, {@code endcall}. */
  record CallBlock(Expression.Call call, Definition caller, int line) implements Statement {}

  /** {@code with}: names for a while. */
  record With(List<Assign> names, List<Statement> body, int line) implements Statement {}

  /** A body in tags that mean nothing here. */
  record Block(List<Statement> body) implements Statement {}

  /** {@code break}. */
  record Break() implements Statement {}

  /** {@code continue}. */
  record Continue() implements Statement {}

  /**
   * What a macro takes and does.
   *
   * @param uses names that stand in the body
   */
  record Definition(List<Parameter> parameters, List<Statement> body, Set<String> uses) {}

  /** What a macro takes. */
  record Parameter(String name, Optional<Expression> fallback) {}

  /** What a value can be given to. */
  sealed interface Target {

    /** A name. */
    record Variable(String name) implements Target {}

    /** A name in a namespace. */
    record Member(String namespace, String name) implements Target {}

    /** Several targets, for as many items. */
    record Several(List<Target> targets) implements Target {}
  }

  /**
   * The name under which the filters of a block find the block's text; no template can write it.
   */
  String CAPTURED = "{captured}";
}
