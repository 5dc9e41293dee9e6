package dev.tsuku.llm.template.jinja;

import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.operation.Printing;
import dev.tsuku.llm.template.jinja.syntax.Expression;
import dev.tsuku.llm.template.jinja.syntax.Statement;
import dev.tsuku.llm.template.jinja.syntax.Statement.Target;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Namespace;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import java.util.Optional;

/** Walks the statements. Belongs to one rendering and its thread. */
final class Interpreter {

  /** How a statement ended. */
  private enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  private final Budget budget;
  private final Evaluator evaluator;

  Interpreter(Budget budget) {
    this.budget = budget;
    this.evaluator = new Evaluator(budget);
  }

  /** Which line of the template is being rendered. */
  int line() {
    return evaluator.line();
  }

  /** Renders a body. */
  void run(List<Statement> body, Scope scope, TextBuilder out) {
    body(body, scope, out);
  }

  /** Renders a body into a text of its own. */
  Text capture(List<Statement> body, Scope scope) {
    TextBuilder out = new TextBuilder(budget);
    body(body, scope, out);
    return out.build();
  }

  /** The value of an expression. */
  Value value(Expression expression, Scope scope) {
    return evaluator.value(expression, scope);
  }

  private Flow body(List<Statement> body, Scope scope, TextBuilder out) {
    budget.enter();
    Flow flow = Flow.ON;
    for (int i = 0; i < body.size() && flow == Flow.ON; i++) {
      flow = statement(body.get(i), scope, out);
    }
    budget.leave();
    return flow;
  }

  private Flow statement(Statement statement, Scope scope, TextBuilder out) {
    budget.step();
    switch (statement) {
      case Statement.Write(Text text) -> out.append(text);
      case Statement.Print(Expression value, int line) -> {
        evaluator.at(line);
        out.append(Printing.text(evaluator.value(value, scope), budget));
      }
      case Statement.If(List<Statement.Branch> branches, List<Statement> otherwise) -> {
        return body(chosen(branches, otherwise, scope), scope, out);
      }
      case Statement.For loop -> loop(loop, scope, out);
      case Statement.Assign(Target target, Expression value, int line) -> {
        evaluator.at(line);
        assign(target, evaluator.value(value, scope), scope);
      }
      case Statement.Capture(
              Target target,
              List<Expression.Filter> filters,
              List<Statement> body,
              int line) -> {
        evaluator.at(line);
        assign(target, filtered(filters, capture(body, scope.inner()), scope), scope);
      }
      case Statement.Filtered(List<Expression.Filter> filters, List<Statement> body, int line) -> {
        evaluator.at(line);
        Value text = filtered(filters, capture(body, scope.inner()), scope);
        out.append(Printing.text(text, budget));
      }
      case Statement.Macro(String name, Statement.Definition definition, int line) ->
          scope.set(name, new MacroValue(this, definition, scope));
      case Statement.CallBlock(Expression.Call call, Statement.Definition caller, int line) -> {
        evaluator.at(line);
        Value body = new MacroValue(this, caller, scope);
        Value result = evaluator.call(call, call.arguments(), Optional.of(body), scope);
        out.append(Printing.text(result, budget));
      }
      case Statement.With(List<Statement.Assign> names, List<Statement> body, int line) -> {
        evaluator.at(line);
        Scope inner = scope.inner();
        names.forEach(name -> assign(name.target(), evaluator.value(name.value(), scope), inner));
        return body(body, inner, out);
      }
      case Statement.Block(List<Statement> body) -> {
        return body(body, scope, out);
      }
      case Statement.Break stop -> {
        return Flow.BREAK;
      }
      case Statement.Continue skip -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.ON;
  }

  private List<Statement> chosen(
      List<Statement.Branch> branches, List<Statement> otherwise, Scope scope) {
    for (Statement.Branch branch : branches) {
      evaluator.at(branch.line());
      if (evaluator.truth(branch.condition(), scope)) {
        return branch.body();
      }
    }
    return otherwise;
  }

  private void loop(Statement.For loop, Scope scope, TextBuilder out) {
    evaluator.at(loop.line());
    Value iterable = evaluator.value(loop.loop().iterable(), scope);
    loop(loop, iterable, 0, scope, out);
  }

  private void loop(Statement.For loop, Value iterable, int depth, Scope scope, TextBuilder out) {
    LoopItems items = items(loop.loop(), Iteration.items(iterable, budget), scope);
    LoopValue state =
        new LoopValue(items, depth, deeper -> recurse(loop, deeper, depth + 1, scope));
    boolean completed = false;
    for (int index = 0; items.has(index); index++) {
      Scope inner = scope.inner();
      state.advance();
      inner.set("loop", state);
      assign(loop.loop().target(), items.get(index), inner);
      Flow flow = body(loop.body(), inner, out);
      if (flow == Flow.BREAK) {
        break;
      }
      completed |= flow == Flow.ON;
    }
    // In Jinja2, a loop whose body never ran to its end has an else, too.
    if (!completed) {
      body(loop.otherwise(), scope.inner(), out);
    }
  }

  private LoopItems items(Statement.Loop loop, List<Value> items, Scope scope) {
    if (loop.condition().isEmpty()) {
      return new LoopItems(items, item -> true);
    }
    budget.elements(items.size());
    Expression condition = loop.condition().get();
    return new LoopItems(
        items,
        item -> {
          Scope inner = scope.inner();
          assign(loop.target(), item, inner);
          return evaluator.truth(condition, inner);
        });
  }

  private Text recurse(Statement.For loop, Value iterable, int depth, Scope scope) {
    if (!loop.loop().recursive()) {
      throw TemplateException.failed("a loop calls itself without being 'recursive'");
    }
    TextBuilder out = new TextBuilder(budget);
    loop(loop, iterable, depth, scope, out);
    return out.build();
  }

  private Value filtered(List<Expression.Filter> filters, Text text, Scope scope) {
    Value value = text;
    for (Expression.Filter filter : filters) {
      value = evaluator.filter(filter, value, scope);
    }
    return value;
  }

  private void assign(Target target, Value value, Scope scope) {
    budget.step();
    switch (target) {
      case Target.Variable(String name) -> scope.set(name, value);
      case Target.Member(String owner, String name) -> {
        if (!(scope.find(owner) instanceof Namespace namespace)) {
          throw TemplateException.failed("'" + owner + "' is no namespace");
        }
        namespace.set(name, value);
      }
      case Target.Several(List<Target> targets) -> {
        List<Value> items = Iteration.items(value, budget);
        if (items.size() != targets.size()) {
          throw TemplateException.failed(
              items.size() + " values are set to " + targets.size() + " names");
        }
        for (int i = 0; i < items.size(); i++) {
          assign(targets.get(i), items.get(i), scope);
        }
      }
    }
  }
}
