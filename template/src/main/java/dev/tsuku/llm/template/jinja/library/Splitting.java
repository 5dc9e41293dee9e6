package dev.tsuku.llm.template.jinja.library;

import dev.tsuku.llm.template.jinja.operation.Search;
import dev.tsuku.llm.template.jinja.syntax.Characters;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.TemplateException;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Texts in parts: by a separator, by whitespace, by lines. */
final class Splitting {

  private final Text text;
  private final String all;
  private final Budget budget;
  private final List<Value> parts = new ArrayList<>();

  private Splitting(Text text, Budget budget) {
    budget.look(text.length());
    this.text = text;
    this.all = text.string();
    this.budget = budget;
  }

  /** The words between whitespace. */
  static List<Value> words(Text text, Budget budget) {
    return words(text, -1, budget);
  }

  /** The first so many words, then the rest; negative for all. */
  static List<Value> words(Text text, int max, Budget budget) {
    Splitting result = new Splitting(text, budget);
    int at = result.skipSpace(0);
    for (int count = 0; at < result.all.length(); count++) {
      if (count == max) {
        result.part(at, Trimming.right(text, Optional.empty(), budget).length());
        break;
      }
      int end = at;
      while (end < result.all.length() && !Characters.isSpace(result.all.charAt(end))) {
        end++;
      }
      result.part(at, end);
      at = result.skipSpace(end);
    }
    return result.parts;
  }

  /** The last so many words, the rest before them. */
  static List<Value> wordsFromRight(Text text, int max, Budget budget) {
    List<Value> words = words(text, budget);
    if (max < 0 || words.size() <= max) {
      return words;
    }
    Splitting result = new Splitting(text, budget);
    int end = result.all.length();
    for (int count = 0; ; count++) {
      while (end > 0 && Characters.isSpace(result.all.charAt(end - 1))) {
        end--;
      }
      int start = end;
      while (count < max && start > 0 && !Characters.isSpace(result.all.charAt(start - 1))) {
        start--;
      }
      if (count == max) {
        result.part(result.skipSpace(0), end);
        Collections.reverse(result.parts);
        return result.parts;
      }
      result.part(start, end);
      end = start;
    }
  }

  /** The parts between separators: the first so many, then the rest; negative for all. */
  static List<Value> parts(Text text, Text separator, int max, Budget budget) {
    requireNotEmpty(separator);
    Splitting result = new Splitting(text, budget);
    String mark = separator.string();
    int at = 0;
    for (int count = 0; count != max; count++) {
      int found = Search.first(result.all, mark, at, budget);
      if (found < 0) {
        break;
      }
      result.part(at, found);
      at = found + mark.length();
    }
    result.part(at, result.all.length());
    return result.parts;
  }

  /** The parts between separators: the last so many, the rest before them; negative for all. */
  static List<Value> partsFromRight(Text text, Text separator, int max, Budget budget) {
    requireNotEmpty(separator);
    Splitting result = new Splitting(text, budget);
    String mark = separator.string();
    int end = result.all.length();
    for (int count = 0; count != max; count++) {
      int found = Search.last(result.all, mark, end - mark.length(), budget);
      if (found < 0 || end < mark.length()) {
        break;
      }
      result.part(found + mark.length(), end);
      end = found;
    }
    result.part(0, end);
    Collections.reverse(result.parts);
    return result.parts;
  }

  /** The lines, with or without what ends them. */
  static List<Value> lines(Text text, boolean keepEnds, Budget budget) {
    Splitting result = new Splitting(text, budget);
    int start = 0;
    for (int i = 0; i < result.all.length(); i++) {
      char c = result.all.charAt(i);
      if (endsLine(c)) {
        boolean two = c == '\r' && i + 1 < result.all.length() && result.all.charAt(i + 1) == '\n';
        int next = two ? i + 2 : i + 1;
        result.part(start, keepEnds ? next : i);
        start = next;
        i = next - 1;
      }
    }
    if (start < result.all.length()) {
      result.part(start, result.all.length());
    }
    return result.parts;
  }

  /** A line without what ends it. */
  static Text withoutEnd(Text line, Budget budget) {
    int end = line.length();
    while (end > 0 && endsLine(line.string().charAt(end - 1))) {
      end--;
    }
    return line.slice(0, end, budget);
  }

  private static boolean endsLine(char c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  private static void requireNotEmpty(Text separator) {
    if (separator.isEmpty()) {
      throw TemplateException.failed("a separator is empty");
    }
  }

  private int skipSpace(int from) {
    int i = from;
    while (i < all.length() && Characters.isSpace(all.charAt(i))) {
      i++;
    }
    return i;
  }

  private void part(int from, int to) {
    budget.elements(1);
    parts.add(text.slice(from, to, budget));
  }
}
