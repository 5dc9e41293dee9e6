package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Value;

/** All filters. */
public final class Filters {

  private static final Table TABLE =
      new Table()
          .all(ValueFilters.TABLE)
          .all(TextFilters.TABLE)
          .all(NumberFilters.TABLE)
          .all(ListFilters.TABLE)
          .all(SelectionFilters.TABLE)
          .all(OrderFilters.TABLE);

  private Filters() {}

  /** Whether there is such a filter. */
  public static boolean exists(String name) {
    return TABLE.find(name) != null;
  }

  /** {@code subject | name(arguments)}. */
  public static Value apply(String name, Value subject, Arguments arguments, Budget budget) {
    Operation filter = TABLE.find(name);
    if (filter == null) {
      throw TemplateException.failed("there is no filter '" + name + "'");
    }
    return filter.apply(subject, arguments, budget);
  }
}
