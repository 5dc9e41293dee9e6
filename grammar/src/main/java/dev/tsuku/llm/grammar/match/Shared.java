package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.JsonType;
import dev.tsuku.llm.grammar.schema.Node;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all positions of a schema have in common: places that are equal are the same object, so that
 * what was found out about one is known of all. Bounded: what comes when it is full is forgotten.
 */
final class Shared {

  /** Some ten megabytes. */
  private static final int MOST = 20_000;

  private record LevelKey(List<Node> nodes, BitSet useful, JsonType type) {}

  /** A value inside a frame is done: which nodes accept it, and how spaces are set. */
  private record DoneKey(Frame parent, BitSet accepting, Context.Spacing spacing) {}

  private final Map<Object, Object> known = new HashMap<>();
  private final Map<DoneKey, Optional<MatcherState>> done = new HashMap<>();
  private final Map<LevelKey, ActiveAlternatives> levels = new HashMap<>();

  /** The one of equal things that was here first. */
  @SuppressWarnings("unchecked")
  <T> T intern(T thing) {
    Object first = known.get(thing);
    if (first != null) {
      return (T) first;
    }
    if (!isFull()) {
      known.put(thing, thing);
    }
    return thing;
  }

  boolean isFull() {
    return known.size() + done.size() + levels.size() >= MOST;
  }

  ActiveAlternatives level(NodeSet wanted, JsonType type) {
    LevelKey key = new LevelKey(wanted.nodes(), wanted.useful(), type);
    ActiveAlternatives level = levels.get(key);
    if (level == null) {
      level = new ActiveAlternatives(wanted, type);
      if (!isFull()) {
        levels.put(key, level);
      }
    }
    return level;
  }

  /** What follows a value, asked for once. */
  @Nullable MatcherState done(
      Frame parent,
      BitSet accepting,
      Context.Spacing spacing,
      Supplier<Optional<MatcherState>> following) {
    DoneKey key = new DoneKey(parent, accepting, spacing);
    Optional<MatcherState> position = done.get(key);
    if (position == null) {
      position = following.get().map(this::intern);
      if (!isFull()) {
        done.put(key, position);
      }
    }
    return position.orElse(null);
  }
}
