package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.syntax.Characters;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Text;
import java.util.function.IntPredicate;

/** What is true of all characters of a text. */
final class Judging {

  private Judging() {}

  static boolean isLower(Text text, Budget budget) {
    return oneCase(
        text,
        Character::isLowerCase,
        c -> Character.isUpperCase(c) || Character.isTitleCase(c),
        budget);
  }

  static boolean isUpper(Text text, Budget budget) {
    return oneCase(
        text,
        Character::isUpperCase,
        c -> Character.isLowerCase(c) || Character.isTitleCase(c),
        budget);
  }

  static boolean isSpace(Text text, Budget budget) {
    return all(text, Characters::isSpace, budget);
  }

  /** Whether there are characters, all of them such. */
  static boolean all(Text text, IntPredicate such, Budget budget) {
    budget.look(text.length());
    return !text.isEmpty() && text.string().codePoints().allMatch(such);
  }

  private static boolean oneCase(
      Text text, IntPredicate wanted, IntPredicate other, Budget budget) {
    budget.look(text.length());
    String all = text.string();
    return all.codePoints().anyMatch(wanted) && all.codePoints().noneMatch(other);
  }
}
