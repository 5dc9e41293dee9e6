package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;

/** What a filter, test or method does with the value it stands behind. */
@FunctionalInterface
public interface Operation {

  /** Its result. */
  Value apply(Value subject, Arguments arguments, Budget budget);

  /** An operation whose arguments have names and places. */
  @FunctionalInterface
  interface Bound {
    /** Its result. */
    Value apply(Value subject, BoundArguments arguments, Budget budget);
  }

  /** An operation on a text. */
  @FunctionalInterface
  interface OnText {
    /** Its result. */
    Value apply(Text subject, BoundArguments arguments, Budget budget);
  }
}
