package dev.tsuku.llm.template.jinja;

import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What names stand for in a block: its own names, then those of the block around it. Belongs to the
 * thread of its rendering.
 */
final class Scope {

  private final @Nullable Scope outer;
  private final Map<String, Value> given;
  private @Nullable Map<String, Value> own;

  private Scope(@Nullable Scope outer, Map<String, Value> given) {
    this.outer = outer;
    this.given = given;
  }

  /** The outermost block, with what a template is given. */
  static Scope of(Map<String, Value> given) {
    return new Scope(null, given);
  }

  /** A block inside this one. */
  Scope inner() {
    return new Scope(this, Map.of());
  }

  /** What a name stands for. */
  Value find(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Map<String, Value> names = scope.own;
      Value found = names == null ? null : names.get(name);
      if (found == null && scope.outer == null) {
        found = scope.given.get(name);
      }
      if (found != null) {
        return found;
      }
    }
    return new Undefined("'" + name + "' is undefined");
  }

  /** Lets a name stand for a value in this block. */
  void set(String name, Value value) {
    if (own == null) {
      own = new HashMap<>();
    }
    own.put(name, value);
  }
}
