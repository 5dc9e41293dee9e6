package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;

/** A set of Unicode characters: ascending ranges that do not touch, without surrogates. */
record CodePoints(List<Range> ranges) {

  /** From a character to one at or behind it. */
  record Range(int first, int last) {}

  static final int LAST = Character.MAX_CODE_POINT;

  private static final int FIRST_SURROGATE = Character.MIN_SURROGATE;
  private static final int LAST_SURROGATE = Character.MAX_SURROGATE;

  static final CodePoints NONE = new CodePoints(List.of());
  static final CodePoints ALL = of(0, LAST);
  static final CodePoints DIGITS = of('0', '9');
  static final CodePoints WORD = of('a', 'z').or(of('A', 'Z')).or(DIGITS).or(of('_', '_'));
  static final CodePoints LINE_ENDS = of('\n', '\n').or(of('\r', '\r')).or(of(0x2028, 0x2029));
  static final CodePoints SPACE =
      LINE_ENDS
          .or(of(0x09, 0x0d))
          .or(of(' ', ' '))
          .or(of(0xa0, 0xa0))
          .or(of(0x1680, 0x1680))
          .or(of(0x2000, 0x200a))
          .or(of(0x202f, 0x202f))
          .or(of(0x205f, 0x205f))
          .or(of(0x3000, 0x3000))
          .or(of(0xfeff, 0xfeff));

  /** All ranges in order, joined where they touch, without surrogates. */
  private static CodePoints normal(List<Range> ranges) {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingInt(Range::first));
    List<Range> joined = new ArrayList<>();
    for (Range range : sorted) {
      if (!joined.isEmpty() && range.first() <= joined.getLast().last() + 1) {
        Range before = joined.removeLast();
        joined.add(new Range(before.first(), Math.max(before.last(), range.last())));
      } else {
        joined.add(range);
      }
    }
    return new CodePoints(List.copyOf(joined));
  }

  static CodePoints of(int first, int last) {
    List<Range> parts = new ArrayList<>();
    if (first < FIRST_SURROGATE) {
      parts.add(new Range(first, Math.min(last, FIRST_SURROGATE - 1)));
    }
    if (last > LAST_SURROGATE) {
      parts.add(new Range(Math.max(first, LAST_SURROGATE + 1), last));
    }
    return new CodePoints(List.copyOf(parts));
  }

  static CodePoints where(IntPredicate predicate) {
    List<Range> found = new ArrayList<>();
    int start = -1;
    for (int c = 0; c <= LAST + 1; c++) {
      boolean in = c <= LAST && predicate.test(c);
      if (in && start < 0) {
        start = c;
      } else if (!in && start >= 0) {
        found.addAll(of(start, c - 1).ranges());
        start = -1;
      }
    }
    return normal(found);
  }

  CodePoints or(CodePoints other) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return normal(all);
  }

  CodePoints not() {
    List<Range> others = new ArrayList<>();
    int next = 0;
    for (Range range : ranges) {
      if (range.first() > next) {
        others.addAll(of(next, range.first() - 1).ranges());
      }
      next = range.last() + 1;
    }
    if (next <= LAST) {
      others.addAll(of(next, LAST).ranges());
    }
    return normal(others);
  }
}
