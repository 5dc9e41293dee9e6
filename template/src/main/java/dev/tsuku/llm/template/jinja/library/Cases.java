package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.syntax.Characters;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Upper and lower case. */
final class Cases {

  private Cases() {}

  static Text upper(Text text, Budget budget) {
    return text.map(chars -> chars.toUpperCase(Locale.ROOT), budget);
  }

  static Text lower(Text text, Budget budget) {
    return text.map(chars -> chars.toLowerCase(Locale.ROOT), budget);
  }

  /** The first character large, all others small. */
  static Text capitalized(Text text, Budget budget) {
    return initials(text, before -> false, budget);
  }

  /** As the method: a letter behind anything but a letter is large. */
  static Text titleOfMethod(Text text, Budget budget) {
    return initials(text, before -> !Character.isLetter(before), budget);
  }

  /** As the filter: what stands behind space, a hyphen or an opening bracket is large. */
  static Text titleOfFilter(Text text, Budget budget) {
    return initials(
        text, before -> Characters.isSpace(before) || "-({[<".indexOf(before) >= 0, budget);
  }

  static Text swapped(Text text, Budget budget) {
    return text.map(
        chars ->
            chars
                .codePoints()
                .map(
                    c ->
                        Character.isUpperCase(c)
                            ? Character.toLowerCase(c)
                            : Character.toUpperCase(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString(),
        budget);
  }

  /** The first character, and those behind certain others, become large, all others small. */
  private static Text initials(Text text, IntPredicate starts, Budget budget) {
    String all = text.string();
    TextBuilder out = new TextBuilder(budget);
    text.runs(
        0,
        all.length(),
        (from, to, content) -> {
          StringBuilder run = new StringBuilder(to - from);
          for (int i = from; i < to; ) {
            int c = all.codePointAt(i);
            boolean initial = i == 0 || starts.test(all.codePointBefore(i));
            run.appendCodePoint(initial ? Character.toUpperCase(c) : Character.toLowerCase(c));
            i += Character.charCount(c);
          }
          out.append(run.toString(), content);
        });
    return out.build();
  }
}
