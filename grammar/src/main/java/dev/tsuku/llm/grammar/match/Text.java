package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.schema.StringRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** In a string. */
final class Text extends MatcherState {

  private static final int CONTINUATION_MASK = 0xc0;
  private static final int CONTINUATION = 0x80;

  private final @Nullable Frame frame;
  private final ActiveAlternatives level;
  private final Escape escape;
  private final int[] states;

  /** How many characters came, as far as that matters. */
  private final int chars;

  private Text(
      @Nullable Frame frame,
      ActiveAlternatives level,
      Escape escape,
      int[] states,
      int chars,
      Context context) {
    super(context);
    this.frame = frame;
    this.level = level;
    this.escape = escape;
    this.states = states;
    this.chars = chars;
  }

  static MatcherState open(@Nullable Frame frame, ActiveAlternatives level, Context context) {
    int[] states = new int[level.size()];
    for (int i = 0; i < states.length; i++) {
      states[i] = rule(level, i).texts().start();
    }
    return new Text(frame, level, Escape.NONE, states, 0, context);
  }

  private static StringRule rule(ActiveAlternatives level, int index) {
    return (StringRule) level.way(index).rule();
  }

  @Override
  List<Object> key() {
    return List.of(keyOf(frame), level, escape, chars, Arrays.stream(states).boxed().toList());
  }

  /** Letters mostly lead to where one is already. */
  @Override
  boolean isRemembered(int b) {
    return false;
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    if (escape == Escape.NONE && b == '"') {
      return closed(after);
    }
    int text = escape.text(b);
    if (text == Escape.WRONG) {
      return null;
    }
    if (text == Escape.WITHIN) {
      Text within = new Text(frame, level, escape.next(b), states, chars, after);
      return canEnd(within) ? within : null;
    }
    boolean isSameChar = (text & CONTINUATION_MASK) == CONTINUATION;
    int length = level.canonicalChars(isSameChar ? chars : chars + 1);
    int[] next = states.clone();
    boolean isElsewhere = length != chars || escape != Escape.NONE || context.recorded() != null;
    boolean isUseful = false;
    for (int i = 0; i < states.length; i++) {
      StringRule rule = rule(level, i);
      int state = states[i] == Dfa.DEAD ? Dfa.DEAD : rule.texts().next(states[i], text);
      next[i] = rule.isAlive(state, length) ? state : Dfa.DEAD;
      isElsewhere |= next[i] != states[i];
      isUseful |= next[i] != Dfa.DEAD && level.way(i).isUseful();
    }
    if (!isUseful) {
      return null;
    }
    return isElsewhere ? new Text(frame, level, Escape.NONE, next, length, after) : this;
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
    if (escape != Escape.NONE) {
      return escape.ends();
    }
    List<Examples.Source> sources = new ArrayList<>();
    for (int i = 0; i < states.length; i++) {
      StringRule rule = rule(level, i);
      if (states[i] != Dfa.DEAD && level.way(i).isUseful()) {
        int most = rule.most() == Dfa.UNBOUNDED ? Dfa.UNBOUNDED : rule.most() - chars;
        int least = Math.max(0, rule.least() - chars);
        int used = frame instanceof ArrayFrame array ? array.items().size() : 0;
        if (used >= Examples.EACH && most - used > least) {
          // One of each length is used: none is left but those that are longer than all.
          sources.add(new Examples.Source(rule.texts(), states[i], least + used, most));
        }
        sources.add(new Examples.Source(rule.texts(), states[i], least, most));
      }
    }
    return () -> new Examples(sources, "\"");
  }

  static String escaped(byte[] text) {
    StringBuilder escaped = new StringBuilder();
    for (byte b : text) {
      if (b == '"' || b == '\\' || (b >= 0 && b < ' ')) {
        escaped.append(ObjectFrame.quoted(String.valueOf((char) b)));
      } else {
        escaped.append((char) (b & 0xff));
      }
    }
    return escaped.toString();
  }

  private @Nullable MatcherState closed(Context after) {
    BitSet succeeded = new BitSet(states.length);
    for (int i = 0; i < states.length; i++) {
      succeeded.set(i, rule(level, i).accepts(states[i], chars));
    }
    return level.isUseful(succeeded) ? valueDone(frame, level, succeeded, after) : null;
  }

  @Override
  public Optional<TextLimits> text(int wanted) {
    if (escape != Escape.NONE) {
      return Optional.empty();
    }
    List<TextLimits.Way> ways = new ArrayList<>();
    boolean isFree = true;
    for (int i = 0; i < states.length; i++) {
      StringRule rule = rule(level, i);
      if (states[i] == Dfa.DEAD) {
        continue;
      }
      int most = rule.most() == Dfa.UNBOUNDED ? Dfa.UNBOUNDED : rule.most() - chars;
      int least = Math.max(0, rule.least() - chars);
      isFree &= most >= wanted && chars >= rule.least() && rule.texts().isAnyFrom(states[i]);
      if (level.way(i).isUseful()) {
        ways.add(new TextLimits.Way(rule.texts(), states[i], least, most));
      }
    }
    return Optional.of(new TextLimits(ways, isFree));
  }

  /** Where there is room for a lot more, it does not matter for how much. */
  @Override
  public MatcherState alike(int most) {
    int least = 0;
    for (int i = 0; i < states.length; i++) {
      StringRule rule = rule(level, i);
      boolean isFar =
          rule.most() == Dfa.UNBOUNDED
              || (rule.most() - chars >= most && rule.texts().leastChars(0) == 0);
      if (states[i] != Dfa.DEAD && (!isFar || !rule.texts().isAnyFrom(states[i]))) {
        return this;
      }
      least = Math.max(least, rule.least());
    }
    return chars <= least || context.recorded() != null
        ? this
        : new Text(frame, level, escape, states, least, context);
  }
}
