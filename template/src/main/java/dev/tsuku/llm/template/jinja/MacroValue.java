package dev.tsuku.llm.template.jinja;

import dev.tsuku.llm.template.jinja.syntax.Statement.Definition;
import dev.tsuku.llm.template.jinja.syntax.Statement.Parameter;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A macro, or the body of a call block: called, it renders into a text of its own. It sees the
 * names of the place where it was defined.
 */
record MacroValue(Interpreter interpreter, Definition definition, Scope home) implements Special {

  @Override
  public Value call(Arguments arguments, Budget budget) {
    Scope scope = home.inner();
    Map<String, Value> named = new HashMap<>(arguments.named());
    List<Parameter> parameters = definition.parameters();
    List<Value> positional = arguments.positional();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      @Nullable Value byName = named.remove(parameter.name());
      if (i < positional.size()) {
        if (byName != null) {
          throw TemplateException.failed("'" + parameter.name() + "' is given twice");
        }
        scope.set(parameter.name(), positional.get(i));
      } else {
        scope.set(parameter.name(), byName == null ? fallback(parameter, scope) : byName);
      }
    }
    setRest(scope, positional, named);
    return interpreter.capture(definition.body(), scope);
  }

  @Override
  public String type() {
    return "a macro";
  }

  private Value fallback(Parameter parameter, Scope scope) {
    return parameter.fallback().isPresent()
        ? interpreter.value(parameter.fallback().get(), scope)
        : new Undefined("the parameter '" + parameter.name() + "' is not given");
  }

  /** What no parameter takes goes under names that the body may use; elsewhere it is a mistake. */
  private void setRest(Scope scope, List<Value> positional, Map<String, Value> named) {
    int taken = Math.min(definition.parameters().size(), positional.size());
    if (definition.uses().contains("caller")) {
      Value caller = named.remove("caller");
      scope.set("caller", caller == null ? new Undefined("there is no caller") : caller);
    }
    if (definition.uses().contains("kwargs")) {
      Mapping.Builder rest = new Mapping.Builder();
      named.forEach(rest::put);
      scope.set("kwargs", rest.build());
    } else if (!named.isEmpty()) {
      throw TemplateException.failed(
          "a macro takes no argument '" + named.keySet().iterator().next() + "'");
    }
    if (definition.uses().contains("varargs")) {
      scope.set("varargs", new Sequence(positional.subList(taken, positional.size()), true));
    } else if (taken < positional.size()) {
      throw TemplateException.failed(
          "a macro takes " + taken + " arguments, not " + positional.size());
    }
  }
}
