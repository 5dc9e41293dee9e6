package dev.tsuku.llm.template.jinja.value;

import org.jspecify.annotations.Nullable;

/** A value that the language provides: a function, a method, a macro, the state of a loop. */
public non-sealed interface Special extends Value {

  /** What it can be asked for by name; null if it has no such thing. */
  default @Nullable Value attribute(String name) {
    return null;
  }

  /** Whether it can be called. */
  default boolean callable() {
    return true;
  }

  /** Calls it. */
  Value call(Arguments arguments, Budget budget);
}
