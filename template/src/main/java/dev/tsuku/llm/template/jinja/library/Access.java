package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.CodePoints;
import dev.tsuku.llm.template.jinja.operation.Numbers;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Namespace;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Special;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Undefined;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attributes and items. What a value does not have is undefined. An attribute is a method before it
 * is an item, an item the other way round.
 */
public final class Access {

  private Access() {}

  /** {@code owner.name}. */
  public static Value attribute(Value owner, Text name) {
    String key = name.string();
    @Nullable Value found =
        switch (owner) {
          case Undefined undefined -> throw undefined.refusal();
          case Special special -> special.attribute(key);
          case Namespace namespace -> namespace.find(key);
          case Mapping mapping -> {
            Value method = Methods.find(mapping, key);
            yield method == null ? mapping.find(key) : method;
          }
          default -> Methods.find(owner, key);
        };
    return found == null ? Undefined.missing(owner, name) : found;
  }

  /** An attribute that is no item. */
  static Value ownAttribute(Value owner, Text name) {
    if (!(owner instanceof Mapping mapping)) {
      return attribute(owner, name);
    }
    Value method = Methods.find(mapping, name.string());
    return method == null ? Undefined.missing(owner, name) : method;
  }

  /** {@code owner[key]}. */
  public static Value item(Value owner, Value key, Budget budget) {
    budget.step();
    @Nullable Value found =
        switch (owner) {
          case Undefined undefined -> throw undefined.refusal();
          case Mapping mapping -> isKey(key) ? mapping.find(key) : null;
          case Sequence(List<Value> items, boolean tuple) when Numbers.isWhole(key) -> {
            int index = place(key, items.size());
            yield index < 0 ? null : items.get(index);
          }
          case Text text when Numbers.isWhole(key) -> character(text, key, budget);
          default -> null;
        };
    if (found != null) {
      return found;
    }
    return key instanceof Text name
        ? ownAttribute(owner, name)
        : new Undefined(owner.type() + " has no such item");
  }

  /** {@code a.b.0}, as filters take it: items all the way. */
  static Value path(Value owner, Value path, Budget budget) {
    if (!(path instanceof Text text)) {
      return item(owner, path, budget);
    }
    Value at = owner;
    for (String part : text.string().split("\\.", -1)) {
      boolean number =
          !part.isEmpty() && part.length() < 10 && part.chars().allMatch(Character::isDigit);
      at =
          item(
              at,
              number ? Value.of(Integer.parseInt(part)) : Text.of(part, text.hasContent()),
              budget);
    }
    return at;
  }

  private static boolean isKey(Value key) {
    return !(key instanceof Sequence
        || key instanceof Mapping
        || key instanceof Namespace
        || key instanceof Special
        || key instanceof Undefined);
  }

  private static @Nullable Value character(Text text, Value key, Budget budget) {
    int index = place(key, CodePoints.count(text, budget));
    if (index < 0) {
      return null;
    }
    int from = CodePoints.index(text, index);
    return text.slice(from, text.string().offsetByCodePoints(from, 1), budget);
  }

  /** The index that a number means, from either end; -1 if there is none. */
  private static int place(Value key, int size) {
    int index = Numbers.clamped(key);
    int place = index < 0 ? index + size : index;
    return place >= 0 && place < size ? place : -1;
  }
}
