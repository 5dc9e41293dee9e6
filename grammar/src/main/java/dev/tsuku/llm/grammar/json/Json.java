package dev.tsuku.llm.grammar.json;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value. Two are equal as JSON Schema has it: {@code 1} is {@code 1.0}, and the order of
 * keys does not matter.
 */
public sealed interface Json {

  /** {@code null}. */
  enum Null implements Json {
    NULL
  }

  /** {@code true} or {@code false}. */
  record Bool(boolean value) implements Json {}

  /**
   * A number; {@code value} has no trailing zeros.
   *
   * @param hasPoint whether it was written with a point or an exponent; 3.0 equals 3 all the same
   */
  record Num(BigDecimal value, boolean hasPoint) implements Json {
    public Num {
      value = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    }

    /** A number as it is written shortest. */
    public Num(BigDecimal value) {
      this(value, false);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Num number && value.equals(number.value);
    }

    @Override
    public int hashCode() {
      return value.hashCode();
    }

    /** Whether it has no fraction. */
    public boolean isInteger() {
      return value.scale() <= 0;
    }
  }

  /** A string. */
  record Text(String value) implements Json {}

  /** An array. */
  record Array(List<Json> items) implements Json {
    public Array {
      items = List.copyOf(items);
    }
  }

  /** An object; its keys are in the order of the text. */
  record Obj(Map<String, Json> members) implements Json {
    public Obj {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /** The member of this name, if there is one. */
    public Optional<Json> get(String name) {
      return Optional.ofNullable(members.get(name));
    }
  }
}
