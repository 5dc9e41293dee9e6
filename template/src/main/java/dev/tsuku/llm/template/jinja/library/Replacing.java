package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Search;
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
    if (old.isEmpty()) {
      budget.look(text.length());
      return between(text, replacement, max, budget);
    }
    String all = text.string();
    String part = old.string();
    int found = max == 0 ? -1 : Search.first(all, part, 0, budget);
    if (found < 0) {
      return text;
    }
    TextBuilder out = new TextBuilder(budget);
    int copied = 0;
    for (int count = 0; found >= 0 && count != max; count++) {
      budget.step();
      out.append(text, copied, found).append(replacement);
      copied = found + part.length();
      found = count + 1 == max ? -1 : Search.first(all, part, copied, budget);
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
