package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Text;

/** Python counts code points, Java UTF-16 units. */
public final class CodePoints {

  private CodePoints() {}

  /** How many there are. */
  public static int count(Text text, Budget budget) {
    budget.look(text.length());
    String all = text.string();
    return all.codePointCount(0, all.length());
  }

  /** The UTF-16 index of a code point. */
  public static int index(Text text, int codePoint) {
    return text.string().offsetByCodePoints(0, codePoint);
  }

  /** Which code point a UTF-16 index is. */
  public static int at(Text text, int index) {
    return text.string().codePointCount(0, index);
  }
}
