package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Formatting;
import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.operation.Markup;
import dev.tsuku.llm.template.jinja.operation.PercentFormat;
import dev.tsuku.llm.template.jinja.operation.Printing;
import dev.tsuku.llm.template.jinja.value.Arguments;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Sequence;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.Optional;
import java.util.regex.Pattern;

/** Filters that make text of whatever they are given. */
final class TextFilters {

  private static final Text NEWLINE = Text.format("\n");
  private static final Pattern WORD = Pattern.compile("\\w++", Pattern.UNICODE_CHARACTER_CLASS);

  static final Table TABLE =
      new Table()
          .add(
              "trim",
              (v, a, b) -> Trimming.both(Printing.text(v, b), a.optionalText(0), b),
              "chars")
          .add("upper", (v, a, b) -> Cases.upper(Printing.text(v, b), b))
          .add("lower", (v, a, b) -> Cases.lower(Printing.text(v, b), b))
          .add("capitalize", (v, a, b) -> Cases.capitalized(Printing.text(v, b), b))
          .add("title", (v, a, b) -> Cases.titleOfFilter(Printing.text(v, b), b))
          .add(
              "replace",
              (v, a, b) ->
                  Replacing.replace(
                      Printing.text(v, b),
                      Printing.text(a.at(0), b),
                      Printing.text(a.at(1), b),
                      a.number(2, -1),
                      b),
              "old",
              "new",
              "count")
          .add("indent", TextFilters::indent, "width", "first", "blank")
          .add(
              "center",
              (v, a, b) -> Formatting.padded(Printing.text(v, b), a.number(0, 80), '^', " ", b),
              "width")
          .add("wordcount", (v, a, b) -> Value.of(words(Printing.text(v, b), b)))
          .add("escape", (v, a, b) -> Markup.escape(Printing.text(v, b), b))
          .alias("e", "escape")
          .alias("forceescape", "escape")
          .add("safe", (v, a, b) -> Printing.text(v, b).toMarkup())
          .add("join", TextFilters::join, "d", "attribute")
          .raw("format", TextFilters::format);

  private TextFilters() {}

  /** Runs of letters, digits and underscores. */
  private static long words(Text text, Budget budget) {
    budget.look(text.length());
    return WORD.matcher(text.string()).results().count();
  }

  private static Value indent(Value value, BoundArguments arguments, Budget budget) {
    Text indent =
        arguments.or(0, Value.of(4)) instanceof Text text
            ? text
            : Formatting.padded(Text.EMPTY, arguments.number(0, 4), '<', " ", budget);
    // A newline at the end is kept: the last line is the empty one behind it.
    Text text = Printing.text(value, budget).plus(NEWLINE, budget);
    TextBuilder out = new TextBuilder(budget);
    Optional<Text> end = Optional.empty();
    for (Value line : Splitting.lines(text, true, budget)) {
      Text whole = (Text) line;
      Text chars = Splitting.withoutEnd(whole, budget);
      boolean indented =
          end.isEmpty() ? arguments.truth(1, false) : !chars.isEmpty() || arguments.truth(2, false);
      out.append(end.orElse(Text.EMPTY)).append(indented ? indent : Text.EMPTY).append(chars);
      // Whatever ended the line becomes a newline, of the same origin.
      boolean content = whole.slice(chars.length(), whole.length(), budget).hasContent();
      end = Optional.of(Text.of("\n", content));
    }
    return out.build();
  }

  private static Value join(Value value, BoundArguments arguments, Budget budget) {
    Text between = Printing.text(arguments.or(0, Text.EMPTY), budget);
    Optional<Value> attribute = arguments.optional(1);
    TextBuilder out = new TextBuilder(budget);
    boolean first = true;
    for (Value item : Iteration.items(value, budget)) {
      out.append(first ? Text.EMPTY : between);
      Value part = attribute.isPresent() ? Access.path(item, attribute.get(), budget) : item;
      out.append(Printing.text(part, budget));
      first = false;
    }
    return out.build();
  }

  private static Value format(Value value, Arguments arguments, Budget budget) {
    Mapping.Builder named = new Mapping.Builder();
    arguments.named().forEach(named::put);
    Value values =
        arguments.named().isEmpty()
            ? new Sequence(new ArrayList<>(arguments.positional()), true)
            : named.build();
    return PercentFormat.format(Printing.text(value, budget), values, budget);
  }
}
