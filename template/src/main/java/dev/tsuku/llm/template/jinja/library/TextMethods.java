package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Formatting;
import dev.tsuku.llm.template.jinja.operation.Iteration;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.Optional;

/** Methods of strings that give another string, or judge all of it. */
final class TextMethods {

  static final Table TABLE = changing().all(filling()).all(judging());

  private TextMethods() {}

  private static Table changing() {
    return new Table()
        .text("strip", (t, a, b) -> Trimming.both(t, a.optionalText(0), b), "chars")
        .text("lstrip", (t, a, b) -> Trimming.left(t, a.optionalText(0), b), "chars")
        .text("rstrip", (t, a, b) -> Trimming.right(t, a.optionalText(0), b), "chars")
        .text("upper", (t, a, b) -> Cases.upper(t, b))
        .text("lower", (t, a, b) -> Cases.lower(t, b))
        .alias("casefold", "lower")
        .text("title", (t, a, b) -> Cases.titleOfMethod(t, b))
        .text("capitalize", (t, a, b) -> Cases.capitalized(t, b))
        .text("swapcase", (t, a, b) -> Cases.swapped(t, b))
        .text(
            "replace",
            (t, a, b) -> Replacing.replace(t, a.text(0), a.text(1), a.number(2, -1), b),
            "old",
            "new",
            "count")
        .text("removeprefix", (t, a, b) -> withoutPrefix(t, a.text(0), b), "prefix")
        .text("removesuffix", (t, a, b) -> withoutSuffix(t, a.text(0), b), "suffix")
        .text("join", (t, a, b) -> join(t, a.at(0), b), "iterable")
        .raw("format", (v, a, b) -> BraceFormat.format((Text) v, a, b));
  }

  private static Table filling() {
    return new Table()
        .text("center", (t, a, b) -> fill(t, a, '^', b), "width", "fillchar")
        .text("ljust", (t, a, b) -> fill(t, a, '<', b), "width", "fillchar")
        .text("rjust", (t, a, b) -> fill(t, a, '>', b), "width", "fillchar")
        .text("zfill", (t, a, b) -> Formatting.padded(t, a.number(0, 0), '=', "0", b), "width");
  }

  private static Table judging() {
    return new Table()
        .text("isdigit", (t, a, b) -> Value.of(Judging.all(t, Character::isDigit, b)))
        .alias("isdecimal", "isdigit")
        .alias("isnumeric", "isdigit")
        .text("isalpha", (t, a, b) -> Value.of(Judging.all(t, Character::isLetter, b)))
        .text("isalnum", (t, a, b) -> Value.of(Judging.all(t, Character::isLetterOrDigit, b)))
        .text("isspace", (t, a, b) -> Value.of(Judging.isSpace(t, b)))
        .text("isupper", (t, a, b) -> Value.of(Judging.isUpper(t, b)))
        .text("islower", (t, a, b) -> Value.of(Judging.isLower(t, b)));
  }

  private static Text withoutPrefix(Text text, Text prefix, Budget budget) {
    budget.look(prefix.length());
    return text.string().startsWith(prefix.string())
        ? text.slice(prefix.length(), text.length(), budget)
        : text;
  }

  private static Text withoutSuffix(Text text, Text suffix, Budget budget) {
    budget.look(suffix.length());
    return text.string().endsWith(suffix.string())
        ? text.slice(0, text.length() - suffix.length(), budget)
        : text;
  }

  private static Text join(Text between, Value items, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    boolean first = true;
    for (Value item : Iteration.items(items, budget)) {
      if (!(item instanceof Text text)) {
        throw TemplateException.failed(item.type() + " cannot be joined with strings");
      }
      out.append(first ? Text.EMPTY : between).append(text);
      first = false;
    }
    return out.build();
  }

  private static Text fill(Text text, BoundArguments arguments, char align, Budget budget) {
    Optional<String> fill = arguments.optionalText(1).map(Text::string);
    if (fill.isPresent() && fill.get().codePointCount(0, fill.get().length()) != 1) {
      throw TemplateException.failed("a text is filled up with more or less than one character");
    }
    return Formatting.padded(text, arguments.number(0, 0), align, fill.orElse(" "), budget);
  }
}
