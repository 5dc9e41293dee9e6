package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.List;

/** An automaton made of a {@link Regex}: places, and ways between them. Not thread-safe. */
final class Nfa {

  /** So many places take some megabytes. */
  private static final int MOST_PLACES = 60_000;

  /** A way that a byte of a range opens. */
  record Way(int first, int last, int target) {}

  private final List<List<Way>> ways = new ArrayList<>();
  private final List<List<Integer>> free = new ArrayList<>();
  private final List<List<Integer>> atStart = new ArrayList<>();
  private final List<List<Integer>> atEnd = new ArrayList<>();
  private int start;
  private int end;

  private Nfa() {}

  /**
   * An automaton for texts that a pattern occurs in.
   *
   * @throws RegexException if it would be too large
   */
  static Nfa search(Regex regex) {
    Nfa nfa = new Nfa();
    Regex any = new Regex.Repeat(new Regex.One(CodePoints.ALL), 0, -1);
    nfa.start = nfa.place();
    nfa.end = nfa.build(new Regex.Sequence(List.of(any, regex, any)), nfa.start);
    return nfa;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  List<Way> ways(int place) {
    return ways.get(place);
  }

  /** Where one is as well without any byte. */
  List<Integer> free(int place) {
    return free.get(place);
  }

  /** The same, but before the first byte only. */
  List<Integer> atStart(int place) {
    return atStart.get(place);
  }

  /** The same, but behind the last byte only. */
  List<Integer> atEnd(int place) {
    return atEnd.get(place);
  }

  private int place() {
    if (ways.size() == MOST_PLACES) {
      throw new RegexException("it is too complex: repetitions make it too large");
    }
    ways.add(new ArrayList<>(1));
    free.add(new ArrayList<>(1));
    atStart.add(List.of());
    atEnd.add(List.of());
    return ways.size() - 1;
  }

  private int build(Regex regex, int from) {
    return switch (regex) {
      case Regex.One one -> one(one.set(), from);
      case Regex.Sequence sequence -> {
        int at = from;
        for (Regex part : sequence.parts()) {
          at = build(part, at);
        }
        yield at;
      }
      case Regex.Choice choice -> {
        int to = place();
        for (Regex part : choice.parts()) {
          int begin = place();
          free.get(from).add(begin);
          free.get(build(part, begin)).add(to);
        }
        yield to;
      }
      case Regex.Repeat repeat -> repeat(repeat, from);
      case Regex.Start ignored -> {
        int to = place();
        atStart.set(from, plus(atStart.get(from), to));
        yield to;
      }
      case Regex.End ignored -> {
        int to = place();
        atEnd.set(from, plus(atEnd.get(from), to));
        yield to;
      }
    };
  }

  private static List<Integer> plus(List<Integer> list, int more) {
    List<Integer> all = new ArrayList<>(list);
    all.add(more);
    return all;
  }

  private int one(CodePoints set, int from) {
    int to = place();
    for (CodePoints.Range range : set.ranges()) {
      for (List<Utf8Ranges.Bytes> sequence : Utf8Ranges.of(range)) {
        int at = from;
        for (int i = 0; i < sequence.size(); i++) {
          int next = i == sequence.size() - 1 ? to : place();
          ways.get(at).add(new Way(sequence.get(i).first(), sequence.get(i).last(), next));
          at = next;
        }
      }
    }
    return to;
  }

  private int repeat(Regex.Repeat repeat, int from) {
    int at = from;
    for (int i = 0; i < repeat.least(); i++) {
      at = build(repeat.part(), at);
    }
    if (repeat.most() < 0) {
      int again = place();
      free.get(at).add(again);
      free.get(build(repeat.part(), again)).add(again);
      int to = place();
      free.get(again).add(to);
      return to;
    }
    int to = place();
    for (int i = repeat.least(); i < repeat.most(); i++) {
      free.get(at).add(to);
      at = build(repeat.part(), at);
    }
    free.get(at).add(to);
    return to;
  }
}
