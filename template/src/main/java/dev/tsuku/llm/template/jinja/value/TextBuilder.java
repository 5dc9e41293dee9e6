package dev.tsuku.llm.template.jinja.value;

import java.util.Arrays;

/** Puts a {@link Text} together, at the cost of what is appended. Belongs to one thread. */
public final class TextBuilder {

  private final Budget budget;
  private final StringBuilder chars = new StringBuilder();
  private int[] ends = new int[4];
  private int runs;
  private boolean firstIsContent;
  private boolean lastIsContent;

  public TextBuilder(Budget budget) {
    this.budget = budget;
  }

  /** Appends a string of one origin. */
  public TextBuilder append(String more, boolean content) {
    return append(more, 0, more.length(), content);
  }

  /** Appends a whole text. */
  public TextBuilder append(Text more) {
    return append(more, 0, more.length());
  }

  /** Appends the part of a text between two UTF-16 indexes. */
  public TextBuilder append(Text more, int from, int to) {
    String all = more.string();
    more.runs(from, to, (start, end, content) -> append(all, start, end, content));
    return this;
  }

  /** How many UTF-16 units were appended. */
  public int length() {
    return chars.length();
  }

  /** What was appended so far. */
  public Text build() {
    int[] marks = Arrays.copyOf(ends, runs);
    if (runs > 0) {
      marks[runs - 1] = chars.length();
    }
    return Text.ofRuns(chars.toString(), marks, firstIsContent);
  }

  private TextBuilder append(String all, int from, int to, boolean content) {
    if (from == to) {
      return this;
    }
    budget.write((long) to - from);
    if (runs == 0) {
      firstIsContent = content;
      runs = 1;
    } else if (content != lastIsContent) {
      if (runs == ends.length) {
        ends = Arrays.copyOf(ends, runs * 2);
      }
      ends[runs - 1] = chars.length();
      runs++;
    }
    lastIsContent = content;
    chars.append(all, from, to);
    return this;
  }
}
