package dev.tsuku.llm.template.jinja;

import dev.tsuku.llm.template.jinja.syntax.Parser;
import dev.tsuku.llm.template.jinja.syntax.Statement;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Limits;
import dev.tsuku.llm.template.jinja.value.RenderGuard;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import java.util.Map;

/** A parsed template. Immutable and thread-safe. */
public final class Template {

  private final List<Statement> body;

  private Template(List<Statement> body) {
    this.body = body;
  }

  /**
   * Parses a source.
   *
   * @throws TemplateException if it is no template
   */
  public static Template parse(String source) {
    return new Template(Parser.parse(source));
  }

  /**
   * Renders it.
   *
   * @param variables what names stand for, functions among them
   * @throws TemplateException if it refuses, fails, or wants more than the limits allow
   */
  public Text render(Map<String, Value> variables, Limits limits) {
    return render(variables, limits, RenderGuard.NONE);
  }

  /**
   * Renders it for as long as the guard lets it.
   *
   * @throws TemplateException if it refuses, fails, or wants more than the limits allow
   */
  public Text render(Map<String, Value> variables, Limits limits, RenderGuard guard) {
    Budget budget = new Budget(limits, guard);
    Interpreter interpreter = new Interpreter(budget);
    TextBuilder out = new TextBuilder(budget);
    try {
      interpreter.run(body, Scope.of(variables), out);
      return out.build();
    } catch (TemplateException e) {
      throw e.at(interpreter.line());
    } catch (StackOverflowError e) {
      // The limit of depth is made for stacks of common size; this one is smaller.
      throw TemplateException.limit("it nests deeper than the stack allows").at(interpreter.line());
    }
  }
}
