package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.json.JsonWriter;
import dev.tsuku.llm.grammar.schema.ArrayRule;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.NumberRule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An array that is being written.
 *
 * @param alive the ways that are still open
 * @param count items that are done
 * @param counts for each way and each node that items of it must or must not match, how many do
 * @param items those that are done, if they must differ
 * @param began what was recorded before the item that is being written; -1 if nothing is recorded
 * @param nodes for each way, the node of the item that is being written; then, as in {@code
 *     counts}, those that are counted
 */
record ArrayFrame(
    @Nullable Frame parent,
    int depth,
    ActiveAlternatives level,
    BitSet alive,
    int count,
    Map<Integer, List<Integer>> counts,
    List<Json> items,
    int began,
    Map<Integer, List<Integer>> nodes)
    implements Frame {

  /** So many are looked at where items must differ, so that multiples are found. */
  private static final int NUMBERS_FOR_EACH = 10;

  static @Nullable MatcherState open(
      @Nullable Frame parent, ActiveAlternatives level, Context context) {
    int depth = parent == null ? 1 : parent.depth() + 1;
    boolean isUnique = level.ways().stream().anyMatch(way -> ((ArrayRule) way.rule()).isUnique());
    boolean records = isUnique && context.recorded() == null;
    Context inside = records ? context.recording(true) : context;
    Map<Integer, List<Integer>> counts = new HashMap<>();
    for (int i = 0; i < level.size(); i++) {
      counts.put(i, rule(level, i).contained().stream().map(contained -> 0).toList());
    }
    ArrayFrame frame =
        new ArrayFrame(
            parent,
            depth,
            level,
            level.all(),
            0,
            counts,
            List.of(),
            isUnique ? inside.length() : -1,
            Map.of());
    if (depth > MatcherState.MOST_DEPTH) {
      return null;
    }
    frame = records || context.recorded() != null ? frame : context.shared().intern(frame);
    MatcherState first = frame.item(inside);
    return first == null && !frame.mayClose() ? null : new FirstItem(frame, inside, first);
  }

  private static ArrayRule rule(ActiveAlternatives level, int index) {
    return (ArrayRule) level.way(index).rule();
  }

  private ArrayRule rule(int index) {
    return rule(level, index);
  }

  /** Where the next item begins; null if there can be none. */
  @Nullable MatcherState item(Context context) {
    NodeSet wanted = new NodeSet();
    BitSet going = new BitSet();
    Map<Integer, List<Integer>> indexes = new HashMap<>();
    alive.stream()
        .forEach(
            index -> {
              ArrayRule rule = rule(index);
              Node node = rule.item(count);
              if (count < rule.most() && !node.isEmpty()) {
                going.set(index);
                List<Integer> own = new ArrayList<>();
                own.add(wanted.add(node, level.way(index).isUseful()));
                rule.contained().forEach(it -> own.add(wanted.add(it.node(), false)));
                indexes.put(index, own);
              }
            });
    if (!level.isUseful(going)) {
      return null;
    }
    ArrayFrame frame =
        new ArrayFrame(
            parent,
            depth,
            level,
            going,
            count,
            counts,
            items,
            began < 0 ? began : context.length(),
            indexes);
    return new ValueStart(began < 0 ? context.shared().intern(frame) : frame, context, wanted);
  }

  @Override
  public @Nullable MatcherState valueDone(BitSet accepting, Context context) {
    BitSet going = new BitSet();
    Map<Integer, List<Integer>> counted = new HashMap<>(counts);
    Json item;
    try {
      item = began < 0 ? Json.Null.NULL : JsonReader.read(context.since(began).strip());
    } catch (JsonException e) {
      // A number beyond all bounds, which cannot be compared with others.
      return null;
    }
    alive.stream()
        .filter(index -> accepting.get(nodes.getOrDefault(index, List.of()).getFirst()))
        .filter(index -> !(rule(index).isUnique() && items.contains(item)))
        .forEach(
            index -> {
              List<Integer> now = new ArrayList<>();
              boolean isTooMany = false;
              List<Integer> own = nodes.getOrDefault(index, List.of());
              for (int i = 0; i < rule(index).contained().size(); i++) {
                int before = counts.getOrDefault(index, List.of()).get(i);
                int matching = before + (accepting.get(own.get(i + 1)) ? 1 : 0);
                ArrayRule.Contained contained = rule(index).contained().get(i);
                isTooMany |= matching > contained.most();
                now.add(
                    contained.most() == Integer.MAX_VALUE
                        ? Math.min(matching, contained.least())
                        : matching);
              }
              if (!isTooMany) {
                going.set(index);
                counted.put(index, now);
              }
            });
    List<Json> done = items;
    if (began >= 0) {
      done = new ArrayList<>(items);
      done.add(item);
    }
    ArrayFrame frame =
        new ArrayFrame(
            parent,
            depth,
            level,
            going,
            level.canonicalItems(count + 1),
            counted,
            List.copyOf(done),
            began,
            Map.of());
    frame = began < 0 ? context.shared().intern(frame) : frame;
    boolean goesOn = frame.mayClose() || frame.item(context) != null;
    return goesOn ? new AfterItem(frame, context) : null;
  }

  /** A number that differs from all items, if one is found near the shortest. */
  Optional<String> unused(NumberRule rule) {
    BigDecimal base = rule.shortest().map(BigDecimal::new).orElse(BigDecimal.ZERO);
    for (BigDecimal step : List.of(BigDecimal.ONE, BigDecimal.ONE.negate())) {
      BigDecimal number = base;
      for (int i = 0; i <= NUMBERS_FOR_EACH * (items.size() + 1); i++) {
        if (rule.accepts(number) && !items.contains(new Json.Num(number))) {
          return Optional.of(JsonWriter.spell(number));
        }
        number = number.add(step);
      }
    }
    return Optional.empty();
  }

  private BitSet closing() {
    BitSet closing = new BitSet();
    alive.stream()
        .filter(
            index -> {
              ArrayRule rule = rule(index);
              boolean isEnough = count >= rule.least() && count <= rule.most();
              for (int i = 0; i < rule.contained().size(); i++) {
                isEnough &=
                    counts.getOrDefault(index, List.of()).get(i) >= rule.contained().get(i).least();
              }
              return isEnough;
            })
        .forEach(closing::set);
    return closing;
  }

  boolean mayClose() {
    return level.isUseful(closing());
  }

  /** Where the end of the array leads; null if it must not end here. */
  @Nullable MatcherState close(Context context) {
    boolean outermost = began >= 0 && !recordsOutside();
    BitSet closing = closing();
    return MatcherState.valueDone(
        parent, level, closing, outermost ? context.recording(false) : context);
  }

  private boolean recordsOutside() {
    for (Frame frame = parent; frame != null; frame = frame.parent()) {
      if (frame instanceof ArrayFrame array && array.began() >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Frames around are the same objects where they are equal, nearly always. */
  @Override
  @SuppressWarnings("ReferenceEquality")
  public boolean equals(@Nullable Object other) {
    return other instanceof ArrayFrame frame
        && parent == frame.parent
        && level == frame.level
        && count == frame.count
        && began == frame.began
        && alive.equals(frame.alive)
        && counts.equals(frame.counts)
        && items.equals(frame.items)
        && nodes.equals(frame.nodes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        System.identityHashCode(parent),
        System.identityHashCode(level),
        count,
        began,
        alive,
        counts,
        items.size(),
        nodes);
  }
}
