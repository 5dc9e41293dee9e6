package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.Value;

/** A function that has nothing but a body. */
record Function(Body body) implements Special {

  /** What it does. */
  @FunctionalInterface
  interface Body {
    /** Its result. */
    Value call(Arguments arguments, Budget budget);
  }

  @Override
  public Value call(Arguments arguments, Budget budget) {
    return body.call(arguments, budget);
  }

  @Override
  public String type() {
    return "a function";
  }
}
