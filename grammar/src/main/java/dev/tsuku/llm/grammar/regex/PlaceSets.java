package dev.tsuku.llm.grammar.regex;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sets of places where one may be in an {@link Nfa} after the same text, numbered. A place comes
 * with duties: what look-ahead on the way to it asks of the text that follows, each again a set of
 * places, of which one has to reach its goal, or none. What look-behind asks has been followed from
 * the beginning of the text on, so it is known where one is. Not thread-safe.
 */
final class PlaceSets {

  /** The number of the set without a place: nothing can match any more. */
  static final int NOTHING = 0;

  /** The number of the set that has matched, whatever follows. */
  static final int MATCHED = 1;

  private static final int NO_DUTY = 0;
  private static final int BROKEN = -1;
  private static final int[] NEVER = {};
  private static final int[] WITHOUT_DUTY = {NO_DUTY};

  /** Steps of building; some ten milliseconds. */
  private static final int MOST_WORK = 4_000_000;

  private final Nfa nfa;
  private final Alphabet alphabet;

  /** For each set its places and their duties, alternating and ascending. */
  private final List<int[]> sets = new ArrayList<>();

  private final Map<IntKey, Integer> setNumbers = new HashMap<>();

  /** For each duty the sets: twice their number, and one more if they must not match. */
  private final List<int[]> duties = new ArrayList<>();

  private final Map<IntKey, Integer> dutyNumbers = new HashMap<>();
  private final Deque<Collector> collectors = new ArrayDeque<>();

  /** Where one is in the automata of look-behind, and the duties with which they match here. */
  private final int[] behind;

  private final int[][] matching;

  /** What look-ahead that begins here is, as far as that was asked for. */
  private final Map<Integer, Integer> ahead = new HashMap<>();

  /** Where sets have come by the last character. */
  private final Map<Integer, Integer> stepped = new HashMap<>();

  /** Whether the text may end in sets, and at the beginnings of look-ahead, where one is now. */
  private final Map<Integer, Boolean> ended = new HashMap<>();

  private final Map<Integer, Boolean> reached = new HashMap<>();

  private boolean isStart = true;
  private int work;

  PlaceSets(Nfa nfa, Alphabet alphabet) {
    this.nfa = nfa;
    this.alphabet = alphabet;
    this.behind = new int[nfa.looks().size()];
    this.matching = new int[behind.length][];
    Arrays.fill(matching, NEVER);
    number(new int[0]);
    number(new int[] {Nfa.NONE});
    dutyNumbers.put(new IntKey(new int[0]), NO_DUTY);
    duties.add(new int[0]);
  }

  /** Counts steps. */
  void work(int steps) {
    work += steps;
    if (work > MOST_WORK) {
      throw new RegexException(
          "it is too complex: its automaton takes more than " + MOST_WORK + " steps to make");
    }
  }

  /** How many steps were taken. */
  int workDone() {
    return work;
  }

  /** Goes to the beginning of the text. */
  int[] start() {
    isStart = true;
    for (int look = 0; look < behind.length; look++) {
      if (nfa.looks().get(look).isBehind()) {
        behind[look] = closure(nfa.looks().get(look).start());
        matching[look] = findBehind(look);
      }
    }
    return state(closure(nfa.start()));
  }

  /**
   * All that matters of where one is: the number of the set, and of those of look-behind; only the
   * first where nothing else matters any more.
   */
  private int[] state(int set) {
    if (set <= MATCHED || behind.length == 0) {
      return new int[] {set};
    }
    int[] state = Arrays.copyOf(behind, behind.length + 1);
    state[behind.length] = set;
    return state;
  }

  private static int set(int[] state) {
    return state[state.length - 1];
  }

  /** Goes to a state. */
  private void enter(int[] state, boolean atStart) {
    isStart = atStart;
    ahead.clear();
    stepped.clear();
    ended.clear();
    reached.clear();
    if (state.length > 1) {
      System.arraycopy(state, 0, behind, 0, behind.length);
      for (int look = 0; look < behind.length; look++) {
        matching[look] = nfa.looks().get(look).isBehind() ? findBehind(look) : NEVER;
      }
    }
  }

  /** Where a letter leads from a state. */
  int[] next(int[] state, int letter) {
    enter(state, false);
    if (state.length > 1) {
      for (int look = 0; look < behind.length; look++) {
        if (nfa.looks().get(look).isBehind()) {
          behind[look] = step(behind[look], letter);
          matching[look] = findBehind(look);
        }
      }
    }
    return state(step(set(state), letter));
  }

  /** Whether the text may end in a state. */
  boolean accepts(int[] state, boolean atStart) {
    enter(state, atStart);
    return ends(set(state));
  }

  /** The sets of characters that it matters of in a state whether a character is in them. */
  BitSet setsThatMatter(int[] state) {
    BitSet matter = new BitSet(nfa.sets().size());
    BitSet seen = new BitSet();
    for (int i = 0; i < state.length; i++) {
      if (i == state.length - 1 || nfa.looks().get(i).isBehind()) {
        addSets(state[i], matter, seen);
      }
    }
    return matter;
  }

  private void addSets(int number, BitSet matter, BitSet seen) {
    if (number <= MATCHED || seen.get(number)) {
      return;
    }
    seen.set(number);
    int[] set = sets.get(number);
    for (int i = 0; i < set.length; i += 2) {
      if (nfa.set(set[i]) != Nfa.NONE) {
        matter.set(nfa.set(set[i]));
      }
      for (int duty : duties.get(set[i + 1])) {
        addSets(duty >> 1, matter, seen);
      }
    }
    work(set.length / 2);
  }

  /** The duties with which look-behind matches here: none if it does not, the empty one alone. */
  private int[] findBehind(int look) {
    int end = nfa.looks().get(look).end();
    int[] set = sets.get(behind[look]);
    int[] found = new int[set.length / 2];
    int count = 0;
    for (int i = 0; i < set.length; i += 2) {
      if (set[i] == end && set[i + 1] == NO_DUTY) {
        return WITHOUT_DUTY;
      }
      if (set[i] == end) {
        found[count++] = set[i + 1];
      }
    }
    return count == 0 ? NEVER : Arrays.copyOf(found, count);
  }

  private int closure(int place) {
    Collector collector = collector();
    collector.visit(place, NO_DUTY);
    return finish(collector);
  }

  private int step(int number, int letter) {
    if (number <= MATCHED) {
      return number;
    }
    Integer known = behind.length == 0 ? null : stepped.get(number);
    if (known != null) {
      return known;
    }
    int[] set = sets.get(number);
    Collector collector = collector();
    work(set.length / 2);
    for (int i = 0; i < set.length; i += 2) {
      int characters = nfa.set(set[i]);
      if (characters != Nfa.NONE && alphabet.ofSet(characters).get(letter)) {
        int duty = set[i + 1] == NO_DUTY ? NO_DUTY : stepDuty(set[i + 1], letter);
        if (duty != BROKEN) {
          collector.visit(nfa.target(set[i]), duty);
        }
      }
    }
    int reached = finish(collector);
    if (behind.length > 0) {
      stepped.put(number, reached);
    }
    return reached;
  }

  private int stepDuty(int number, int letter) {
    int duty = NO_DUTY;
    for (int asked : duties.get(number)) {
      duty = plus(duty, step(asked >> 1, letter), (asked & 1) != 0);
      if (duty == BROKEN) {
        return BROKEN;
      }
    }
    return duty;
  }

  /** A duty with one more set in it. */
  private int plus(int duty, int set, boolean isNegated) {
    if (set <= MATCHED) {
      return (set == MATCHED) == isNegated ? BROKEN : duty;
    }
    int asked = 2 * set + (isNegated ? 1 : 0);
    int[] before = duties.get(duty);
    int index = Arrays.binarySearch(before, asked);
    if (index >= 0) {
      return duty;
    }
    if (Arrays.binarySearch(before, asked ^ 1) >= 0) {
      return BROKEN;
    }
    int[] all = Arrays.copyOf(before, before.length + 1);
    all[before.length] = asked;
    Arrays.sort(all);
    work(all.length);
    Integer known = dutyNumbers.putIfAbsent(new IntKey(all), duties.size());
    if (known == null) {
      duties.add(all);
      return duties.size() - 1;
    }
    return known;
  }

  /** The duties that there are once look-behind is passed, each with another way to pass it. */
  private int[] behind(int duty, int[] matches, boolean isNegated) {
    if (!isNegated) {
      return Arrays.stream(matches)
          .map(match -> plusAll(duty, match))
          .filter(each -> each != BROKEN)
          .toArray();
    }
    // For each match one of its duties has to fail.
    int[] ways = {duty};
    for (int match : matches) {
      int[] asked = duties.get(match);
      work(ways.length * asked.length + 1);
      ways =
          Arrays.stream(ways)
              .flatMap(
                  way -> Arrays.stream(asked).map(each -> plus(way, each >> 1, (each & 1) == 0)))
              .filter(way -> way != BROKEN)
              .distinct()
              .toArray();
    }
    return ways;
  }

  private int plusAll(int duty, int more) {
    int all = duty;
    for (int asked : duties.get(more)) {
      all = all == BROKEN ? BROKEN : plus(all, asked >> 1, (asked & 1) != 0);
    }
    return all;
  }

  private int ahead(int look) {
    Integer known = ahead.get(look);
    if (known == null) {
      known = closure(nfa.looks().get(look).start());
      ahead.put(look, known);
    }
    return known;
  }

  private Collector collector() {
    return collectors.isEmpty() ? new Collector() : collectors.pop();
  }

  private int finish(Collector collector) {
    int[] set = collector.finish();
    collectors.push(collector);
    return number(set);
  }

  private int number(int[] set) {
    Integer known = setNumbers.putIfAbsent(new IntKey(set), sets.size());
    if (known == null) {
      sets.add(set);
      return sets.size() - 1;
    }
    return known;
  }

  private boolean ends(int number) {
    if (number <= MATCHED) {
      return number == MATCHED;
    }
    Boolean known = ended.get(number);
    if (known == null) {
      known = anyEnds(sets.get(number));
      ended.put(number, known);
    }
    return known;
  }

  private boolean anyEnds(int[] set) {
    work(set.length / 2);
    for (int i = 0; i < set.length; i += 2) {
      if ((nfa.isGoal(set[i]) || nfa.endsWays(set[i]))
          && endsWell(set[i + 1])
          && reachesGoal(set[i])) {
        return true;
      }
    }
    return false;
  }

  private boolean endsWell(int number) {
    for (int asked : duties.get(number)) {
      if (ends(asked >> 1) == ((asked & 1) != 0)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a goal can be reached from a place without any character more. */
  private boolean reachesGoal(int from) {
    Set<Integer> seen = new HashSet<>(Set.of(from));
    Deque<Integer> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      int place = open.pop();
      if (nfa.isGoal(place)) {
        return true;
      }
      for (int way = nfa.firstWay(place); way != Nfa.NONE; way = nfa.nextWay(way)) {
        work(1);
        if (isOpenAtEnd(nfa.condition(way)) && seen.add(nfa.wayTarget(way))) {
          open.push(nfa.wayTarget(way));
        }
      }
    }
    return false;
  }

  private boolean aheadReachesGoal(int from) {
    Boolean known = reached.get(from);
    if (known == null) {
      known = reachesGoal(from);
      reached.put(from, known);
    }
    return known;
  }

  private boolean isOpenAtEnd(int condition) {
    return switch (condition) {
      case Nfa.FREE, Nfa.AT_END -> true;
      case Nfa.AT_START -> isStart;
      default -> {
        Nfa.Look look = nfa.looks().get(Nfa.look(condition));
        boolean matches =
            look.isBehind()
                ? Arrays.stream(matching[Nfa.look(condition)]).anyMatch(this::endsWell)
                : aheadReachesGoal(look.start());
        yield matches != Nfa.isNegated(condition);
      }
    };
  }

  /** Collects the places that can be reached without a character. */
  private final class Collector {

    private final int[] mark = new int[nfa.places()];
    private int round = 1;
    private final Set<Long> withDuties = new HashSet<>();
    private long[] open = new long[16];
    private int openCount;
    private long[] kept = new long[16];
    private int keptCount;

    void visit(int from, int duty) {
      push(from, duty);
      while (openCount > 0) {
        long at = open[--openCount];
        int place = (int) (at >> Integer.SIZE);
        int with = (int) at;
        if (nfa.set(place) != Nfa.NONE || nfa.endsWays(place) || nfa.firstWay(place) == Nfa.NONE) {
          if (keptCount == kept.length) {
            kept = Arrays.copyOf(kept, 2 * keptCount);
          }
          kept[keptCount++] = at;
        }
        for (int way = nfa.firstWay(place); way != Nfa.NONE; way = nfa.nextWay(way)) {
          work(1);
          int condition = nfa.condition(way);
          if (condition == Nfa.FREE || (condition == Nfa.AT_START && isStart)) {
            push(nfa.wayTarget(way), with);
          } else if (condition >= 0) {
            int look = Nfa.look(condition);
            boolean isNegated = Nfa.isNegated(condition);
            if (nfa.looks().get(look).isBehind()) {
              for (int more : behind(with, matching[look], isNegated)) {
                push(nfa.wayTarget(way), more);
              }
            } else {
              int more = plus(with, ahead(look), isNegated);
              if (more != BROKEN) {
                push(nfa.wayTarget(way), more);
              }
            }
          }
        }
      }
    }

    private void push(int place, int duty) {
      if (mark[place] == round) {
        return;
      }
      long at = ((long) place << Integer.SIZE) | duty;
      if (duty == NO_DUTY) {
        mark[place] = round;
      } else if (!withDuties.add(at)) {
        return;
      }
      work(1);
      if (openCount == open.length) {
        open = Arrays.copyOf(open, 2 * openCount);
      }
      open[openCount++] = at;
    }

    /** What was collected, without what has more duties than another with the same place. */
    int[] finish() {
      Arrays.sort(kept, 0, keptCount);
      int[] set = new int[2 * keptCount];
      int size = 0;
      boolean isMatched = false;
      for (int i = 0; i < keptCount; i++) {
        int place = (int) (kept[i] >> Integer.SIZE);
        int duty = (int) kept[i];
        isMatched |= duty == NO_DUTY && nfa.isGoal(place);
        if (!isCovered(i)) {
          set[size++] = place;
          set[size++] = duty;
        }
      }
      if (!withDuties.isEmpty()) {
        withDuties.clear();
      }
      round++;
      keptCount = 0;
      return isMatched ? sets.get(MATCHED) : Arrays.copyOf(set, size);
    }

    private boolean isCovered(int index) {
      int[] own = duties.get((int) kept[index]);
      long place = kept[index] >> Integer.SIZE;
      int first = index;
      while (first > 0 && kept[first - 1] >> Integer.SIZE == place) {
        first--;
      }
      for (int i = first; i < keptCount && kept[i] >> Integer.SIZE == place; i++) {
        if (i != index && own.length > 0) {
          int[] other = duties.get((int) kept[i]);
          work(other.length + 1);
          if (other.length < own.length && isWithin(other, own)) {
            return true;
          }
        }
      }
      return false;
    }

    private static boolean isWithin(int[] few, int[] many) {
      for (int each : few) {
        if (Arrays.binarySearch(many, each) < 0) {
          return false;
        }
      }
      return true;
    }
  }
}
