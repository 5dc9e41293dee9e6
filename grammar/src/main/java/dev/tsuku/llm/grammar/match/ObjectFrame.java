package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.ObjectRule;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An object that is being written. The names that its ways speak of come in one order; others may
 * follow behind them.
 *
 * @param names those that its ways speak of
 * @param alive the ways that are still open
 * @param next index of the first name that may still come
 * @param others names that were made up
 * @param count members that are done or being written
 * @param nodes for each way, the node of the member that is being written
 */
record ObjectFrame(
    @Nullable Frame parent,
    int depth,
    Level level,
    List<String> names,
    BitSet alive,
    int next,
    List<String> others,
    int count,
    Map<Integer, Integer> nodes)
    implements Frame {

  static @Nullable Position open(@Nullable Frame parent, Level level, Context context) {
    int depth = parent == null ? 1 : parent.depth() + 1;
    Set<String> names = new LinkedHashSet<>();
    level.ways().forEach(way -> names.addAll(((ObjectRule) way.rule()).order()));
    ObjectFrame frame =
        new ObjectFrame(
            parent, depth, level, List.copyOf(names), level.all(), 0, List.of(), 0, Map.of());
    boolean goesOn = frame.mayClose() || frame.key(context) != null;
    return goesOn && depth <= Position.MOST_DEPTH ? new Position.FirstKey(frame, context) : null;
  }

  private ObjectRule rule(int index) {
    return (ObjectRule) level.way(index).rule();
  }

  /** Whether a way can go on with a name of the order. */
  private boolean mayTake(int index, int name) {
    ObjectRule rule = rule(index);
    return missing(rule, name + 1) < (long) rule.most() - count
        && !lacks(rule, name)
        && (rule.least() == 0 || count + 1 + available(rule, name + 1) >= rule.least())
        && !rule.member(names.get(name)).isEmpty();
  }

  /** Whether a name that must be there would be left out if one went on at another. */
  private boolean lacks(ObjectRule rule, int name) {
    for (int i = next; i < name; i++) {
      if (rule.required().contains(names.get(i))) {
        return true;
      }
    }
    return false;
  }

  private long missing(ObjectRule rule, int from) {
    return names.subList(from, names.size()).stream().filter(rule.required()::contains).count();
  }

  /** How many members there may be behind a name at most. */
  private long available(ObjectRule rule, int from) {
    return rule.freeNames().isEmpty()
        ? names.subList(from, names.size()).stream()
            .filter(name -> !rule.member(name).isEmpty())
            .count()
        : Integer.MAX_VALUE;
  }

  private boolean mayInvent(int index) {
    ObjectRule rule = rule(index);
    return count < rule.most() && !lacks(rule, names.size()) && !rule.freeNames().isEmpty();
  }

  /** Where the next name begins, behind its quote; null if there can be none. */
  @Nullable Position key(Context context) {
    List<Integer> candidates = new ArrayList<>();
    for (int name = next; name < names.size(); name++) {
      int candidate = name;
      BitSet taking = new BitSet();
      alive.stream().filter(index -> mayTake(index, candidate)).forEach(taking::set);
      if (level.isUseful(taking)) {
        candidates.add(name);
      }
    }
    Map<Integer, Integer> free = new HashMap<>();
    alive.stream()
        .filter(this::mayInvent)
        .forEach(index -> free.put(index, rule(index).freeNames().start()));
    if (candidates.isEmpty() && free.keySet().stream().noneMatch(this::isUseful)) {
      return null;
    }
    return new Position.Key(this, context, Escape.NONE, new byte[0], candidates, free);
  }

  boolean isUseful(int index) {
    return level.way(index).isUseful();
  }

  /** Where a byte of a made-up name leads a way. */
  int freeState(int index, int state, int b) {
    return rule(index).freeNames().next(state, b);
  }

  /** Where one is behind a name and its quote; null if it must not be that. */
  @Nullable Position keyDone(String name, Map<Integer, Integer> free, Context context) {
    int known = names.indexOf(name);
    if ((known >= 0 && known < next) || others.contains(name)) {
      return null;
    }
    Wanted wanted = new Wanted();
    BitSet going = new BitSet();
    Map<Integer, Integer> indexes = new HashMap<>();
    alive.stream()
        .filter(
            index ->
                known >= 0
                    ? mayTake(index, known)
                    : free.containsKey(index)
                        && rule(index).freeNames().accepts(free.getOrDefault(index, Dfa.DEAD)))
        .forEach(
            index -> {
              Node node = rule(index).member(name);
              if (!node.isEmpty()) {
                going.set(index);
                indexes.put(index, wanted.add(node, isUseful(index)));
              }
            });
    if (!level.isUseful(going)) {
      return null;
    }
    List<String> invented = others;
    if (known < 0) {
      invented = new ArrayList<>(others);
      invented.add(name);
    }
    ObjectFrame frame =
        new ObjectFrame(
            parent,
            depth,
            level,
            names,
            going,
            known >= 0 ? known + 1 : names.size(),
            List.copyOf(invented),
            count + 1,
            indexes);
    return new Position.Colon(frame, context, wanted);
  }

  @Override
  public @Nullable Position valueDone(BitSet accepting, Context context) {
    BitSet going = new BitSet();
    alive.stream().filter(index -> accepting.get(nodes.getOrDefault(index, 0))).forEach(going::set);
    ObjectFrame frame =
        new ObjectFrame(parent, depth, level, names, going, next, others, count, Map.of());
    boolean goesOn = frame.mayClose() || frame.key(context) != null;
    return goesOn ? new Position.AfterMember(frame, context) : null;
  }

  private BitSet closing() {
    BitSet closing = new BitSet();
    alive.stream()
        .filter(
            index ->
                count >= rule(index).least()
                    && count <= rule(index).most()
                    && !lacks(rule(index), names.size()))
        .forEach(closing::set);
    return closing;
  }

  boolean mayClose() {
    return level.isUseful(closing());
  }

  /** Where the end of the object leads; null if it must not end here. */
  @Nullable Position close(Context context) {
    return Position.valueDone(parent, level, closing(), context);
  }
}
