package dev.tsuku.llm.template.jinja.operation;

import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Text;

/** Strings in which no character means anything in HTML unless the template says so. */
public final class Markup {

  private Markup() {}

  /** A text as markup: what means something in HTML is escaped, unless it is markup already. */
  public static Text escape(Text text, Budget budget) {
    if (text.isMarkup()) {
      return text;
    }
    budget.write(5L * text.length());
    return text.map(Markup::escape, budget).toMarkup();
  }

  /** Two strings as one; if one of them is markup, the other becomes that, too. */
  static Text add(Text left, Text right, Budget budget) {
    if (!left.isMarkup() && !right.isMarkup()) {
      return left.plus(right, budget);
    }
    return escape(left, budget).plus(escape(right, budget), budget).toMarkup();
  }

  private static String escape(String chars) {
    return chars
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }
}
