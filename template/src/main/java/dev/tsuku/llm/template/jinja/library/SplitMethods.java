package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Search;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.Optional;

/** Methods of strings that cut them. */
final class SplitMethods {

  static final Table TABLE =
      new Table()
          .text("split", SplitMethods::split, "sep", "maxsplit")
          .text("rsplit", SplitMethods::splitFromRight, "sep", "maxsplit")
          .text(
              "splitlines",
              (t, a, b) -> Sequence.list(Splitting.lines(t, a.truth(0, false), b)),
              "keepends")
          .text("partition", (t, a, b) -> partition(t, a.text(0), b), "sep")
          .text("rpartition", (t, a, b) -> partitionFromRight(t, a.text(0), b), "sep");

  private SplitMethods() {}

  private static Value split(Text text, BoundArguments arguments, Budget budget) {
    Optional<Text> separator = arguments.optionalText(0);
    int max = arguments.number(1, -1);
    return Sequence.list(
        separator.isPresent()
            ? Splitting.parts(text, separator.get(), max, budget)
            : Splitting.words(text, max, budget));
  }

  private static Value splitFromRight(Text text, BoundArguments arguments, Budget budget) {
    Optional<Text> separator = arguments.optionalText(0);
    int max = arguments.number(1, -1);
    return Sequence.list(
        separator.isPresent()
            ? Splitting.partsFromRight(text, separator.get(), max, budget)
            : Splitting.wordsFromRight(text, max, budget));
  }

  private static Value partition(Text text, Text separator, Budget budget) {
    int found = Search.first(text.string(), requireNotEmpty(separator).string(), 0, budget);
    return found < 0
        ? Sequence.tuple(text, Text.EMPTY, Text.EMPTY)
        : around(text, found, separator.length(), budget);
  }

  private static Value partitionFromRight(Text text, Text separator, Budget budget) {
    int found =
        Search.last(text.string(), requireNotEmpty(separator).string(), text.length(), budget);
    return found < 0
        ? Sequence.tuple(Text.EMPTY, Text.EMPTY, text)
        : around(text, found, separator.length(), budget);
  }

  private static Value around(Text text, int at, int length, Budget budget) {
    return Sequence.tuple(
        text.slice(0, at, budget),
        text.slice(at, at + length, budget),
        text.slice(at + length, text.length(), budget));
  }

  private static Text requireNotEmpty(Text separator) {
    if (separator.isEmpty()) {
      throw TemplateException.failed("a separator is empty");
    }
    return separator;
  }
}
