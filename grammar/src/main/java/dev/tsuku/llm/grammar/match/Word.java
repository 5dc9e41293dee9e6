package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.Rule;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** In {@code true}, {@code false} or {@code null}. */
final class Word extends MatcherState {

  private final @Nullable Frame frame;
  private final ActiveAlternatives level;
  private final String rest;
  private final BitSet alive;

  Word(
      @Nullable Frame frame, ActiveAlternatives level, String rest, BitSet alive, Context context) {
    super(context);
    this.frame = frame;
    this.level = level;
    this.rest = rest;
    this.alive = alive;
  }

  static @Nullable MatcherState of(
      @Nullable Frame frame, ActiveAlternatives level, String word, Context context) {
    BitSet alive = new BitSet();
    for (int i = 0; i < level.size(); i++) {
      alive.set(
          i, !(level.way(i).rule() instanceof Rule.Bool bool) || bool.allows(word.equals("true")));
    }
    return level.isUseful(alive) ? new Word(frame, level, word.substring(1), alive, context) : null;
  }

  @Override
  public boolean mayBegin(int b) {
    return b == rest.charAt(0);
  }

  @Override
  public String pointer() {
    return level.pointer();
  }

  @Override
  public int breadth() {
    return level.size();
  }

  @Override
  Iterable<String> ways() {
    return List.of(rest);
  }

  @Override
  List<Object> key() {
    return List.of(keyOf(frame), level, rest, alive);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    if (b != rest.charAt(0)) {
      return null;
    }
    return rest.length() == 1
        ? valueDone(frame, level, alive, after)
        : new Word(frame, level, rest.substring(1), alive, after);
  }
}
