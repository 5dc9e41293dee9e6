package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.syntax.Characters;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Text;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.IntPredicate;

/** Texts without what stands at their ends: whitespace, or some characters. */
final class Trimming {

  private Trimming() {}

  static Text both(Text text, Optional<Text> chars, Budget budget) {
    IntPredicate goes = goes(text, chars, budget);
    int end = end(text, goes);
    return text.slice(start(text, end, goes), end, budget);
  }

  static Text left(Text text, Optional<Text> chars, Budget budget) {
    return text.slice(start(text, text.length(), goes(text, chars, budget)), text.length(), budget);
  }

  static Text right(Text text, Optional<Text> chars, Budget budget) {
    return text.slice(0, end(text, goes(text, chars, budget)), budget);
  }

  private static IntPredicate goes(Text text, Optional<Text> chars, Budget budget) {
    budget.look(text.length());
    if (chars.isEmpty()) {
      return Characters::isSpace;
    }
    budget.look(chars.get().length());
    BitSet set = new BitSet();
    chars.get().string().codePoints().forEach(set::set);
    return set::get;
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
