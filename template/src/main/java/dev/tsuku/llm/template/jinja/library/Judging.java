package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.syntax.Characters;
import dev.tsuku.llm.template.jinja.value.Text;
import java.util.function.IntPredicate;

/** What is true of all characters of a text. */
final class Judging {

  private Judging() {}

  static boolean isLower(Text text) {
    return oneCase(
        text, Character::isLowerCase, c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  static boolean isUpper(Text text) {
    return oneCase(
        text, Character::isUpperCase, c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  static boolean isSpace(Text text) {
    return all(text, Characters::isSpace);
  }

  /** Whether there are characters, all of them such. */
  static boolean all(Text text, IntPredicate such) {
    return !text.isEmpty() && text.string().codePoints().allMatch(such);
  }

  private static boolean oneCase(Text text, IntPredicate wanted, IntPredicate other) {
    String all = text.string();
    return all.codePoints().anyMatch(wanted) && all.codePoints().noneMatch(other);
  }
}
