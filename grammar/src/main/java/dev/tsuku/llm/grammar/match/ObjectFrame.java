package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.ObjectRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An object that is being written. The names that its ways speak of come in one order; others may
 * follow behind them.
 *
 * @param alive the ways that are still open
 * @param next index of the first name that may still come
 * @param others names that were made up
 * @param count members that are done or being written, as far as that matters
 * @param nodes for each way, the node of the member that is being written
 */
record ObjectFrame(
    @Nullable Frame parent,
    int depth,
    ActiveAlternatives level,
    BitSet alive,
    int next,
    List<String> others,
    int count,
    Map<Integer, Integer> nodes)
    implements Frame {

  static @Nullable MatcherState open(
      @Nullable Frame parent, ActiveAlternatives level, Context context) {
    int depth = parent == null ? 1 : parent.depth() + 1;
    ObjectFrame frame =
        context
            .shared()
            .intern(new ObjectFrame(parent, depth, level, level.all(), 0, List.of(), 0, Map.of()));
    boolean goesOn = frame.mayClose() || frame.key(context) != null;
    return goesOn && depth <= MatcherState.MOST_DEPTH ? new FirstKey(frame, context) : null;
  }

  Names names() {
    return level.names();
  }

  private ObjectRule rule(int index) {
    return (ObjectRule) level.way(index).rule();
  }

  /** Whether a way can go on with a name of the order. */
  private boolean mayTake(int index, int name) {
    ObjectRule rule = rule(index);
    return names().required(index, name + 1) < (long) rule.most() - count
        && !lacks(index, name)
        && (rule.least() == 0 || count + 1L + available(index, name + 1) >= rule.least())
        && !rule.member(names().list().get(name)).isEmpty();
  }

  /** Whether a name that must be there would be left out if one went on at another. */
  private boolean lacks(int index, int name) {
    return names().required(index, next) > names().required(index, name);
  }

  /** How many members there may be behind a name at most. */
  private long available(int index, int from) {
    return rule(index).freeNames().isEmpty() ? names().possible(index, from) : Integer.MAX_VALUE;
  }

  private boolean mayInvent(int index) {
    ObjectRule rule = rule(index);
    return count < rule.most() && !lacks(index, names().size()) && !rule.freeNames().isEmpty();
  }

  /** Where the next name begins, behind its quote; null if there can be none. */
  @Nullable MatcherState key(Context context) {
    List<Integer> candidates = new ArrayList<>();
    BitSet left = (BitSet) alive.clone();
    for (int name = next; name < names().size() && level.isUseful(left); name++) {
      boolean isUseful = false;
      for (int index = left.nextSetBit(0); index >= 0; index = left.nextSetBit(index + 1)) {
        if (lacks(index, name)) {
          left.clear(index);
        } else {
          isUseful |= isUseful(index) && mayTake(index, name);
        }
      }
      if (isUseful) {
        candidates.add(name);
      }
    }
    int[] free = new int[level.size()];
    Arrays.fill(free, Dfa.DEAD);
    boolean isFreeUseful = false;
    for (int index = alive.nextSetBit(0); index >= 0; index = alive.nextSetBit(index + 1)) {
      if (mayInvent(index)) {
        free[index] = rule(index).freeNames().start();
        isFreeUseful |= isUseful(index);
      }
    }
    return candidates.isEmpty() && !isFreeUseful
        ? null
        : new Key(
            this,
            context,
            Escape.NONE,
            new byte[0],
            candidates.stream().mapToInt(Integer::intValue).toArray(),
            free);
  }

  /** Texts that begin a member without which the object cannot end. */
  List<String> nameWays(String before) {
    List<String> wanted = new ArrayList<>();
    List<String> possible = new ArrayList<>();
    for (int index = alive.nextSetBit(0); index >= 0; index = alive.nextSetBit(index + 1)) {
      if (!isUseful(index)) {
        continue;
      }
      for (int name = next; name < names().size() && !lacks(index, name); name++) {
        String text = before + Text.escaped(names().bytes(name)) + "\":";
        boolean isWanted = rule(index).required().contains(names().list().get(name));
        if (mayTake(index, name)) {
          (isWanted ? wanted : possible).add(text);
        }
      }
      if (mayInvent(index)) {
        Examples.of(freeNames(index), freeNames(index).start(), "\":")
            .forEachRemaining(name -> possible.add(before + name));
      }
    }
    wanted.addAll(possible);
    return wanted.stream().distinct().toList();
  }

  /** A name as it stands between quotes. */
  static String quoted(String name) {
    String quoted = JsonWriter.quote(name);
    return quoted.substring(1, quoted.length() - 1);
  }

  boolean isUseful(int index) {
    return level.way(index).isUseful();
  }

  /** Where a byte of a made-up name leads a way. */
  int freeState(int index, int state, int b) {
    return rule(index).freeNames().next(state, b);
  }

  /** Whether all that a way says of made-up names is which there may be. */
  boolean isUniform(int index) {
    return !rule(index).hasPatterns();
  }

  /** The automaton of names that a way allows to be made up. */
  Dfa freeNames(int index) {
    return rule(index).freeNames();
  }

  /** Where one is behind a name and its quote; null if it must not be that. */
  @Nullable MatcherState keyDone(String name, int[] free, Context context) {
    int known = names().index(name);
    if ((known >= 0 && known < next) || others.contains(name)) {
      return null;
    }
    NodeSet wanted = new NodeSet();
    BitSet going = new BitSet();
    Map<Integer, Integer> indexes = new HashMap<>();
    for (int index = alive.nextSetBit(0); index >= 0; index = alive.nextSetBit(index + 1)) {
      boolean mayBe =
          known >= 0
              ? mayTake(index, known)
              : free[index] != Dfa.DEAD && rule(index).freeNames().accepts(free[index]);
      if (mayBe) {
        Node node = rule(index).member(name);
        if (!node.isEmpty()) {
          going.set(index);
          indexes.put(index, wanted.add(node, isUseful(index)));
        }
      }
    }
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
            going,
            known >= 0 ? known + 1 : names().size(),
            List.copyOf(invented),
            names().canonical(count + 1),
            indexes);
    return new Colon(context.shared().intern(frame), context, wanted);
  }

  @Override
  public @Nullable MatcherState valueDone(BitSet accepting, Context context) {
    BitSet going = new BitSet();
    for (int index = alive.nextSetBit(0); index >= 0; index = alive.nextSetBit(index + 1)) {
      going.set(index, accepting.get(nodes.getOrDefault(index, 0)));
    }
    ObjectFrame frame =
        context
            .shared()
            .intern(new ObjectFrame(parent, depth, level, going, next, others, count, Map.of()));
    boolean goesOn = frame.mayClose() || frame.key(context) != null;
    return goesOn ? new AfterMember(frame, context) : null;
  }

  private BitSet closing() {
    BitSet closing = new BitSet();
    for (int index = alive.nextSetBit(0); index >= 0; index = alive.nextSetBit(index + 1)) {
      closing.set(
          index,
          count >= rule(index).least()
              && count <= rule(index).most()
              && !lacks(index, names().size()));
    }
    return closing;
  }

  boolean mayClose() {
    return level.isUseful(closing());
  }

  /** Where the end of the object leads; null if it must not end here. */
  @Nullable MatcherState close(Context context) {
    return MatcherState.valueDone(parent, level, closing(), context);
  }

  /** Frames around are the same objects where they are equal, nearly always. */
  @Override
  @SuppressWarnings("ReferenceEquality")
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof ObjectFrame frame
            && parent == frame.parent
            && level == frame.level
            && next == frame.next
            && count == frame.count
            && alive.equals(frame.alive)
            && others.equals(frame.others)
            && nodes.equals(frame.nodes));
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        System.identityHashCode(parent),
        System.identityHashCode(level),
        next,
        count,
        alive,
        others,
        nodes);
  }
}
