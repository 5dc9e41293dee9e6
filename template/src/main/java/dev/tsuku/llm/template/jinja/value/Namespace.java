package dev.tsuku.llm.template.jinja.value;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one value that a template can change: names that outlive the block in which they are set.
 * Belongs to the thread of its rendering.
 */
public final class Namespace implements Value {

  private final Map<String, Value> values = new HashMap<>();

  /** What a name stands for. */
  public @Nullable Value find(String name) {
    return values.get(name);
  }

  /** Lets a name stand for a value. */
  public void set(String name, Value value) {
    values.put(name, value);
  }

  @Override
  public String type() {
    return "a namespace";
  }
}
