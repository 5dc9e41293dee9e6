package dev.tsuku.llm.grammar.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An automaton made of a {@link Regex}: places, of which each leads to another one by a character
 * of a set, and ways between them that take no character but may have a condition. Look-around is
 * such a condition; what it looks for is an automaton of its own among the same places. Not
 * thread-safe.
 */
final class Nfa {

  /** Conditions of ways; others are those of look-around, see {@link #look}. */
  static final int FREE = -1;

  static final int AT_START = -2;
  static final int AT_END = -3;

  static final int NONE = -1;

  /** So many places take some megabytes. */
  private static final int MOST_PLACES = 60_000;

  /** Parts, those of a repetition each time. */
  private static final int MOST_BUILT = 500_000;

  /** What look-around looks for: the automaton between two places. */
  record Look(boolean isBehind, int start, int end) {}

  private final List<CodePoints> sets = new ArrayList<>();
  private final Map<CodePoints, Integer> setNumbers = new HashMap<>();
  private final List<Look> looks = new ArrayList<>();
  private final Map<Regex.Look, Integer> lookNumbers = new HashMap<>();

  private int places;
  private int built;
  private int[] set = new int[32];
  private int[] target = new int[32];
  private int[] firstWay = new int[32];
  private boolean[] isGoal = new boolean[32];
  private boolean[] endsWays = new boolean[32];

  private int ways;
  private int[] condition = new int[32];
  private int[] wayTarget = new int[32];
  private int[] nextWay = new int[32];

  private boolean hasStarts;
  private int start;

  private Nfa() {}

  /**
   * An automaton for texts that a pattern occurs in.
   *
   * @throws RegexException if it would be too large
   */
  static Nfa search(Regex regex) {
    Nfa nfa = new Nfa();
    nfa.start = nfa.place();
    if (!Trimmer.isAnchored(regex)) {
      nfa.loop(nfa.start);
    }
    nfa.goal(nfa.build(regex, nfa.after(nfa.start)));
    return nfa;
  }

  int start() {
    return start;
  }

  int places() {
    return places;
  }

  /** All sets of characters, numbered. */
  List<CodePoints> sets() {
    return sets;
  }

  /** The automata of look-around, those inside of others before these. */
  List<Look> looks() {
    return looks;
  }

  /** The number of the set whose characters lead on from a place, or {@link #NONE}. */
  int set(int place) {
    return set[place];
  }

  /** Where they lead. */
  int target(int place) {
    return target[place];
  }

  /** Whether a text has matched once it is there, whatever follows. */
  boolean isGoal(int place) {
    return isGoal[place];
  }

  /** Whether there are ways that are open at the end of the text only. */
  boolean endsWays(int place) {
    return endsWays[place];
  }

  /** Whether it matters anywhere what the beginning of the text is. */
  boolean hasStarts() {
    return hasStarts;
  }

  int firstWay(int place) {
    return firstWay[place];
  }

  int nextWay(int way) {
    return nextWay[way];
  }

  int condition(int way) {
    return condition[way];
  }

  int wayTarget(int way) {
    return wayTarget[way];
  }

  /** The number of the automaton that a condition of look-around asks for. */
  static int look(int condition) {
    return condition >> 1;
  }

  /** Whether it must not match. */
  static boolean isNegated(int condition) {
    return (condition & 1) != 0;
  }

  private int place() {
    if (places == MOST_PLACES) {
      throw new RegexException("it is too complex: repetitions make it too large");
    }
    if (places == set.length) {
      set = Arrays.copyOf(set, 2 * places);
      target = Arrays.copyOf(target, 2 * places);
      firstWay = Arrays.copyOf(firstWay, 2 * places);
      isGoal = Arrays.copyOf(isGoal, 2 * places);
      endsWays = Arrays.copyOf(endsWays, 2 * places);
    }
    set[places] = NONE;
    firstWay[places] = NONE;
    return places++;
  }

  private void way(int from, int when, int to) {
    if (ways == condition.length) {
      condition = Arrays.copyOf(condition, 2 * ways);
      wayTarget = Arrays.copyOf(wayTarget, 2 * ways);
      nextWay = Arrays.copyOf(nextWay, 2 * ways);
    }
    condition[ways] = when;
    wayTarget[ways] = to;
    nextWay[ways] = firstWay[from];
    firstWay[from] = ways++;
    endsWays[from] |= when == AT_END;
    hasStarts |= when == AT_START;
  }

  private int after(int from) {
    int to = place();
    way(from, FREE, to);
    return to;
  }

  private void loop(int place) {
    set[place] = number(CodePoints.ALL);
    target[place] = place;
  }

  private void goal(int from) {
    int goal = after(from);
    loop(goal);
    isGoal[goal] = true;
  }

  private int number(CodePoints points) {
    return setNumbers.computeIfAbsent(
        points,
        key -> {
          sets.add(key);
          return sets.size() - 1;
        });
  }

  private int build(Regex regex, int from) {
    // What takes no place, such as a repetition of nothing, takes time.
    if (++built > MOST_BUILT) {
      throw new RegexException("it is too complex: repetitions make it too large");
    }
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
          way(build(part, after(from)), FREE, to);
        }
        yield to;
      }
      case Regex.Repeat repeat -> repeat(repeat, from);
      case Regex.Start ignored -> conditional(from, AT_START);
      case Regex.End ignored -> conditional(from, AT_END);
      case Regex.Look look -> conditional(from, 2 * look(look) + (look.isNegated() ? 1 : 0));
    };
  }

  private int conditional(int from, int when) {
    int to = place();
    way(from, when, to);
    return to;
  }

  private int look(Regex.Look look) {
    Regex.Look key = new Regex.Look(look.inner(), look.isBehind(), false);
    Integer known = lookNumbers.get(key);
    if (known == null) {
      int first = place();
      Look built;
      if (look.isBehind()) {
        loop(first);
        built = new Look(true, first, after(build(look.inner(), after(first))));
      } else {
        int end = build(look.inner(), after(first));
        goal(end);
        built = new Look(false, first, end);
      }
      known = looks.size();
      looks.add(built);
      lookNumbers.put(key, known);
    }
    return known;
  }

  private int one(CodePoints points, int from) {
    int at = set[from] == NONE ? from : after(from);
    int to = place();
    set[at] = number(points);
    target[at] = to;
    return to;
  }

  private int repeat(Regex.Repeat repeat, int from) {
    int at = from;
    for (int i = 0; i < repeat.least(); i++) {
      at = build(repeat.part(), at);
    }
    if (repeat.most() < 0) {
      int again = after(at);
      way(build(repeat.part(), again), FREE, again);
      return after(again);
    }
    int to = place();
    for (int i = repeat.least(); i < repeat.most(); i++) {
      way(at, FREE, to);
      at = build(repeat.part(), at);
    }
    way(at, FREE, to);
    return to;
  }
}
