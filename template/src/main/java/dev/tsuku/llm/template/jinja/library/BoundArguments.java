package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Numbers;
import dev.tsuku.llm.template.jinja.operation.Truth;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a call was given, by the number of the parameter. */
public final class BoundArguments {

  private final List<String> parameters;
  private final @Nullable Value[] values;

  private BoundArguments(List<String> parameters, @Nullable Value[] values) {
    this.parameters = parameters;
    this.values = values;
  }

  /** Gives each argument to its parameter. */
  static BoundArguments bind(List<String> parameters, Arguments arguments) {
    @Nullable Value[] values = new @Nullable Value[parameters.size()];
    if (arguments.positional().size() > values.length) {
      throw TemplateException.failed(
          arguments.positional().size() + " arguments are given where " + values.length + " fit");
    }
    for (int i = 0; i < arguments.positional().size(); i++) {
      values[i] = arguments.positional().get(i);
    }
    arguments
        .named()
        .forEach(
            (name, value) -> {
              int at = parameters.indexOf(name);
              if (at < 0 || values[at] != null) {
                throw TemplateException.failed(
                    "an argument '" + name + "' is given where none is expected");
              }
              values[at] = value;
            });
    return new BoundArguments(parameters, values);
  }

  /** An argument that must be there. */
  Value at(int index) {
    Value value = values[index];
    if (value == null) {
      throw TemplateException.failed("the argument '" + parameters.get(index) + "' is missing");
    }
    return value;
  }

  /** An argument, or what stands for it. */
  Value or(int index, Value fallback) {
    Value value = values[index];
    return value == null ? fallback : value;
  }

  /** An argument that may be left out or be None. */
  Optional<Value> optional(int index) {
    Value value = values[index];
    return value == null || value instanceof Value.None ? Optional.empty() : Optional.of(value);
  }

  /** A truth. */
  boolean truth(int index, boolean fallback) {
    Value value = values[index];
    return value == null ? fallback : Truth.of(value);
  }

  /** A whole number; what is too large becomes the largest. */
  int number(int index, int fallback) {
    Value value = values[index];
    if (value instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    return value == null || value instanceof Value.None ? fallback : Numbers.clamped(value);
  }

  /** A text that must be there. */
  Text text(int index) {
    return requireText(at(index));
  }

  /** A text that may be left out or be None. */
  Optional<Text> optionalText(int index) {
    return optional(index).map(this::requireText);
  }

  private Text requireText(Value value) {
    return switch (value) {
      case Text text -> text;
      case Undefined undefined -> throw undefined.refusal();
      default ->
          throw TemplateException.failed(
              value.type() + " is given for '" + where(value) + "', which takes a string");
    };
  }

  private String where(Value value) {
    return parameters.get(Math.max(0, Arrays.asList(values).indexOf(value)));
  }
}
