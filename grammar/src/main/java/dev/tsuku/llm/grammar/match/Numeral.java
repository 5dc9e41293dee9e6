package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.schema.NumberRule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** In a number. */
final class Numeral extends MatcherState {

  private final @Nullable Frame frame;
  private final ActiveAlternatives level;

  /** What was written; where digits do not matter, others. */
  private final String text;

  private final BitSet alive;
  private final boolean isFree;

  private Numeral(
      @Nullable Frame frame,
      ActiveAlternatives level,
      String text,
      BitSet alive,
      boolean isFree,
      Context context) {
    super(context);
    this.frame = frame;
    this.level = level;
    this.text = text;
    this.alive = alive;
    this.isFree = isFree;
  }

  private static NumberRule rule(ActiveAlternatives level, int index) {
    return (NumberRule) level.way(index).rule();
  }

  static @Nullable MatcherState of(
      @Nullable Frame frame,
      ActiveAlternatives level,
      String text,
      BitSet before,
      Context context) {
    if (!NumberText.isBeginning(text)) {
      return null;
    }
    BitSet alive = new BitSet();
    boolean isFree = true;
    for (int i = before.nextSetBit(0); i >= 0; i = before.nextSetBit(i + 1)) {
      isFree &= rule(level, i).isFree();
      alive.set(i, rule(level, i).isAlive(text));
    }
    return level.isUseful(alive)
        ? new Numeral(frame, level, isFree ? NumberText.shape(text) : text, alive, isFree, context)
        : null;
  }

  @Override
  List<Object> key() {
    return List.of(keyOf(frame), level, text, alive);
  }

  /** Other numbers are too many. */
  @Override
  boolean isRemembered(int b) {
    return isFree;
  }

  @Override
  public boolean mayBegin(int b) {
    return NumberText.isPart(b) || b == ',' || b == ']' || b == '}';
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
    List<String> ways = new ArrayList<>();
    if (frame != null && level.isUseful(succeeded())) {
      MatcherState behind = valueDone(frame, level, succeeded(), context);
      if (behind != null) {
        behind.ways().forEach(ways::add);
      }
    }
    "0123456789.e-+".chars().forEach(c -> ways.add(String.valueOf((char) c)));
    return ways;
  }

  private BitSet succeeded() {
    BitSet succeeded = new BitSet();
    if (NumberText.isWhole(text)) {
      BigDecimal value = new BigDecimal(text);
      for (int i = alive.nextSetBit(0); i >= 0; i = alive.nextSetBit(i + 1)) {
        succeeded.set(i, rule(level, i).accepts(value));
      }
    }
    return succeeded;
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    if (NumberText.isPart(b)) {
      return of(frame, level, text + (char) b, alive, after);
    }
    if (frame == null || (b != ',' && b != ']' && b != '}')) {
      return null;
    }
    BitSet succeeded = succeeded();
    if (!level.isUseful(succeeded)) {
      return null;
    }
    MatcherState behind = valueDone(frame, level, succeeded, context);
    return behind == null ? null : behind.next(b);
  }

  @Override
  public boolean isComplete() {
    return frame == null && level.accepting(succeeded()).get(0);
  }
}
