package dev.tsuku.llm.template.jinja;

import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The items of a loop, filtered one at a time: as in Jinja2, a loop's condition is evaluated when
 * its item is next, so it sees what the loop's body has set by then. Belongs to the thread of its
 * rendering.
 */
final class LoopItems {

  private final Iterator<Value> source;
  private final Predicate<Value> condition;
  private final List<Value> known = new ArrayList<>();

  /** The items that pass a condition; it is evaluated at most once for each, in order. */
  LoopItems(List<Value> items, Predicate<Value> condition) {
    this.source = items.iterator();
    this.condition = condition;
  }

  /** Whether there is an item at an index; evaluates the condition up to that item. */
  boolean has(int index) {
    while (known.size() <= index && source.hasNext()) {
      Value item = source.next();
      if (condition.test(item)) {
        known.add(item);
      }
    }
    return index >= 0 && index < known.size();
  }

  /** The item at an index that {@link #has} confirmed. */
  Value get(int index) {
    return known.get(index);
  }

  /** How many there are; evaluates the condition for all that are left. */
  int size() {
    int size = known.size();
    while (has(size)) {
      size++;
    }
    return size;
  }
}
