package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.CodePoints;
import dev.tsuku.llm.template.jinja.operation.Search;
import dev.tsuku.llm.template.jinja.operation.Slices;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.List;
import java.util.function.BiPredicate;

/** Methods of strings that look for others in them, all of it or between two places. */
final class SearchMethods {

  static final Table TABLE =
      new Table()
          .text(
              "startswith",
              (t, a, b) -> affix(t, a, String::startsWith, b),
              "prefix",
              "start",
              "end")
          .text("endswith", (t, a, b) -> affix(t, a, String::endsWith, b), "suffix", "start", "end")
          .text("find", (t, a, b) -> Value.of(find(t, a, false, b)), "sub", "start", "end")
          .text("rfind", (t, a, b) -> Value.of(find(t, a, true, b)), "sub", "start", "end")
          .text("index", (t, a, b) -> found(find(t, a, false, b)), "sub", "start", "end")
          .text("rindex", (t, a, b) -> found(find(t, a, true, b)), "sub", "start", "end")
          .text("count", SearchMethods::count, "sub", "start", "end");

  private SearchMethods() {}

  private static Value affix(
      Text text, BoundArguments arguments, BiPredicate<String, String> has, Budget budget) {
    String within = within(text, arguments, budget).string();
    if (arguments.at(0) instanceof Sequence(List<Value> several, boolean tuple)) {
      for (Value one : several) {
        if (one instanceof Text affix && has(within, affix.string(), has, budget)) {
          return Value.TRUE;
        }
      }
      return Value.FALSE;
    }
    return Value.of(has(within, arguments.text(0).string(), has, budget));
  }

  private static boolean has(
      String text, String affix, BiPredicate<String, String> has, Budget budget) {
    budget.look(affix.length());
    return has.test(text, affix);
  }

  private static int find(Text text, BoundArguments arguments, boolean last, Budget budget) {
    Text within = within(text, arguments, budget);
    String part = arguments.text(0).string();
    String all = within.string();
    int index =
        last ? Search.last(all, part, all.length(), budget) : Search.first(all, part, 0, budget);
    if (index < 0) {
      return -1;
    }
    int start = arguments.number(1, 0);
    int length = CodePoints.count(text, budget);
    return CodePoints.at(within, index)
        + Math.clamp(start < 0 ? (long) start + length : start, 0, length);
  }

  private static Value found(int index) {
    if (index < 0) {
      throw TemplateException.failed("a string is not found in another one");
    }
    return Value.of(index);
  }

  private static Value count(Text text, BoundArguments arguments, Budget budget) {
    Text within = within(text, arguments, budget);
    Text part = arguments.text(0);
    return Value.of(
        part.isEmpty()
            ? CodePoints.count(within, budget) + 1L
            : Splitting.parts(within, part, -1, budget).size() - 1L);
  }

  private static Text within(Text text, BoundArguments arguments, Budget budget) {
    budget.look(text.length());
    if (arguments.optional(1).isEmpty() && arguments.optional(2).isEmpty()) {
      return text;
    }
    return (Text)
        Slices.slice(
            text,
            new Slices.Bounds(arguments.or(1, Value.NONE), arguments.or(2, Value.NONE), Value.NONE),
            budget);
  }
}
