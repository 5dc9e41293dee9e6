package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.syntax.Characters;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Text;
import java.util.Optional;
import java.util.function.IntPredicate;

/** Texts without what stands at their ends: whitespace, or some characters. */
final class Trimming {

  private Trimming() {}

  static Text both(Text text, Optional<Text> chars, Budget budget) {
    IntPredicate goes = goes(chars);
    int end = end(text, goes);
    return text.slice(start(text, end, goes), end, budget);
  }

  static Text left(Text text, Optional<Text> chars, Budget budget) {
    return text.slice(start(text, text.length(), goes(chars)), text.length(), budget);
  }

  static Text right(Text text, Optional<Text> chars, Budget budget) {
    return text.slice(0, end(text, goes(chars)), budget);
  }

  private static IntPredicate goes(Optional<Text> chars) {
    if (chars.isEmpty()) {
      return Characters::isSpace;
    }
    String set = chars.get().string();
    return c -> set.indexOf(c) >= 0;
  }

  private static int start(Text text, int end, IntPredicate goes) {
    String all = text.string();
    int start = 0;
    while (start < end && goes.test(all.codePointAt(start))) {
      start += Character.charCount(all.codePointAt(start));
    }
    return Math.min(start, end);
  }

  private static int end(Text text, IntPredicate goes) {
    String all = text.string();
    int end = all.length();
    while (end > 0 && goes.test(all.codePointBefore(end))) {
      end -= Character.charCount(all.codePointBefore(end));
    }
    return end;
  }
}
