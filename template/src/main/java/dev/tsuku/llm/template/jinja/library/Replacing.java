package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.TextBuilder;

/** Texts with a part of them replaced wherever it stands. */
final class Replacing {

  private Replacing() {}

  /**
   * Replaces from the left.
   *
   * @param max how often; negative for always
   */
  static Text replace(Text text, Text old, Text replacement, int max, Budget budget) {
    budget.look(text.length());
    if (old.isEmpty()) {
      return between(text, replacement, max, budget);
    }
    String all = text.string();
    String part = old.string();
    int found = max == 0 ? -1 : all.indexOf(part);
    if (found < 0) {
      return text;
    }
    TextBuilder out = new TextBuilder(budget);
    int copied = 0;
    for (int count = 0; found >= 0 && count != max; count++) {
      budget.step();
      out.append(text, copied, found).append(replacement);
      copied = found + part.length();
      found = all.indexOf(part, copied);
    }
    return out.append(text, copied, all.length()).build();
  }

  /** Nothing stands before each character and at the end. */
  private static Text between(Text text, Text replacement, int max, Budget budget) {
    String all = text.string();
    TextBuilder out = new TextBuilder(budget);
    int at = 0;
    for (int count = 0; count != max; count++) {
      budget.step();
      out.append(replacement);
      if (at == all.length()) {
        return out.build();
      }
      int next = all.offsetByCodePoints(at, 1);
      out.append(text, at, next);
      at = next;
    }
    return out.append(text, at, all.length()).build();
  }
}
