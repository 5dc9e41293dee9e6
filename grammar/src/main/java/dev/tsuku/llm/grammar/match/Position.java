package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.match.Context.Spacing;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.schema.JsonType;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.NumberRule;
import dev.tsuku.llm.grammar.schema.Rule;
import dev.tsuku.llm.grammar.schema.StringRule;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A place in a value that is being written: whatever was written can become valid. */
public abstract sealed class Position {

  /** How deep arrays and objects may be nested. */
  static final int MOST_DEPTH = 100;

  private static final int CONTINUATION_MASK = 0xc0;
  private static final int CONTINUATION = 0x80;

  final Context context;

  private Position(Context context) {
    this.context = context;
  }

  /** Before the first byte of a value that has to obey a node. */
  public static Position start(Node node) {
    Wanted wanted = new Wanted();
    wanted.add(node, true);
    return new ValueStart(null, new Context(Spacing.UNDECIDED, null), wanted);
  }

  /**
   * Where a byte leads.
   *
   * @param b 0 to 255
   * @return null if it must not come here
   */
  public final @Nullable Position next(int b) {
    return step(b, context.after(b));
  }

  /** Where a byte leads, everything else being as it is behind it. */
  abstract @Nullable Position step(int b, Context after);

  /** Whether the value may end here. */
  public boolean isComplete() {
    return false;
  }

  /** The names that the schema speaks of, in the order in which they may come here. */
  public List<String> names() {
    return List.of();
  }

  /** Where one is behind a value: some ways to write it have succeeded. */
  static @Nullable Position valueDone(
      @Nullable Frame parent, Level level, BitSet succeeded, Context context) {
    BitSet accepting = level.accepting(succeeded);
    if (parent == null) {
      return accepting.get(0) ? new End(context) : null;
    }
    return parent.valueDone(accepting, context);
  }

  /** Behind a comma or colon. */
  private static @Nullable Position spaced(@Nullable Position then, Context context) {
    return then != null && context.spacing() != Spacing.NONE ? new Gap(then, context) : then;
  }

  /** Where a space may stand, or has to. */
  private static final class Gap extends Position {

    private final Position then;

    Gap(Position then, Context context) {
      super(context);
      this.then = then;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      if (b == ' ') {
        return then.in(after.spaced(Spacing.SPACE));
      }
      return context.spacing() == Spacing.SPACE
          ? null
          : then.in(context.spaced(Spacing.NONE)).next(b);
    }

    @Override
    public List<String> names() {
      return then.names();
    }
  }

  /** The same place with another context; for those that may follow a gap. */
  Position in(Context other) {
    throw new IllegalStateException("nothing like this follows a gap: " + this + other);
  }

  /** Before a value. */
  static final class ValueStart extends Position {

    private final @Nullable Frame frame;
    private final Wanted wanted;

    ValueStart(@Nullable Frame frame, Context context, Wanted wanted) {
      super(context);
      this.frame = frame;
      this.wanted = wanted;
    }

    @Override
    Position in(Context other) {
      // An item begins where the space before it ends, as far as it is recorded.
      return new ValueStart(frame, other, wanted);
    }

    @Override
    @Nullable Position step(int b, Context after) {
      JsonType type =
          switch (b) {
            case '{' -> JsonType.OBJECT;
            case '[' -> JsonType.ARRAY;
            case '"' -> JsonType.STRING;
            case 't', 'f' -> JsonType.BOOLEAN;
            case 'n' -> JsonType.NULL;
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> JsonType.NUMBER;
            default -> null;
          };
      if (type == null) {
        return null;
      }
      Level level = new Level(wanted, type);
      if (!level.isUseful(level.all())) {
        return null;
      }
      return switch (type) {
        case OBJECT -> ObjectFrame.open(frame, level, after);
        case ARRAY -> ArrayFrame.open(frame, level, after);
        case STRING -> Text.open(frame, level, after);
        case NUMBER -> Numeral.of(frame, level, Character.toString(b), after);
        case BOOLEAN -> Word.of(frame, level, b == 't' ? "true" : "false", after);
        case NULL -> Word.of(frame, level, "null", after);
      };
    }
  }

  /** In {@code true}, {@code false} or {@code null}. */
  private static final class Word extends Position {

    private final @Nullable Frame frame;
    private final Level level;
    private final String rest;
    private final BitSet alive;

    Word(@Nullable Frame frame, Level level, String rest, BitSet alive, Context context) {
      super(context);
      this.frame = frame;
      this.level = level;
      this.rest = rest;
      this.alive = alive;
    }

    static @Nullable Position of(@Nullable Frame frame, Level level, String word, Context context) {
      BitSet alive = new BitSet();
      for (int i = 0; i < level.size(); i++) {
        alive.set(
            i,
            !(level.way(i).rule() instanceof Rule.Bool bool) || bool.allows(word.equals("true")));
      }
      return level.isUseful(alive)
          ? new Word(frame, level, word.substring(1), alive, context)
          : null;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      if (b != rest.charAt(0)) {
        return null;
      }
      return rest.length() == 1
          ? valueDone(frame, level, alive, after)
          : new Word(frame, level, rest.substring(1), alive, after);
    }
  }

  /** In a string. */
  private static final class Text extends Position {

    private final @Nullable Frame frame;
    private final Level level;
    private final Escape escape;
    private final int[] states;
    private final int chars;

    Text(
        @Nullable Frame frame,
        Level level,
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

    static Position open(@Nullable Frame frame, Level level, Context context) {
      int[] states = new int[level.size()];
      for (int i = 0; i < states.length; i++) {
        states[i] = rule(level, i).texts().start();
      }
      return new Text(frame, level, Escape.NONE, states, 0, context);
    }

    private static StringRule rule(Level level, int index) {
      return (StringRule) level.way(index).rule();
    }

    @Override
    @Nullable Position step(int b, Context after) {
      if (escape == Escape.NONE && b == '"') {
        BitSet succeeded = new BitSet();
        for (int i = 0; i < states.length; i++) {
          succeeded.set(i, rule(level, i).accepts(states[i], chars));
        }
        return level.isUseful(succeeded) ? valueDone(frame, level, succeeded, after) : null;
      }
      int text = escape.text(b);
      if (text == Escape.WRONG) {
        return null;
      }
      if (text == Escape.WITHIN) {
        Text within = new Text(frame, level, escape.next(b), states, chars, after);
        return canEnd(within) ? within : null;
      }
      int[] next = new int[states.length];
      int length = chars + ((text & CONTINUATION_MASK) == CONTINUATION ? 0 : 1);
      boolean isUseful = false;
      for (int i = 0; i < next.length; i++) {
        StringRule rule = rule(level, i);
        int state = states[i] == Dfa.DEAD ? Dfa.DEAD : rule.texts().next(states[i], text);
        next[i] = rule.isAlive(state, length) ? state : Dfa.DEAD;
        isUseful |= next[i] != Dfa.DEAD && level.way(i).isUseful();
      }
      return isUseful ? new Text(frame, level, escape.next(b), next, length, after) : null;
    }
  }

  /** Whether an escape has an end that may come here. */
  private static boolean canEnd(Position escaping) {
    return "\"\\bfnrtu0123456789acdef".chars().anyMatch(b -> escaping.next(b) != null);
  }

  /** In a number. */
  private static final class Numeral extends Position {

    private final @Nullable Frame frame;
    private final Level level;
    private final String text;
    private final BitSet alive;

    Numeral(@Nullable Frame frame, Level level, String text, BitSet alive, Context context) {
      super(context);
      this.frame = frame;
      this.level = level;
      this.text = text;
      this.alive = alive;
    }

    private static NumberRule rule(Level level, int index) {
      return (NumberRule) level.way(index).rule();
    }

    static @Nullable Position of(@Nullable Frame frame, Level level, String text, Context context) {
      return with(frame, level, text, level.all(), context);
    }

    private static @Nullable Position with(
        @Nullable Frame frame, Level level, String text, BitSet before, Context context) {
      if (!NumberText.isBeginning(text)) {
        return null;
      }
      BitSet alive = new BitSet();
      before.stream().filter(i -> rule(level, i).isAlive(text)).forEach(alive::set);
      return level.isUseful(alive) ? new Numeral(frame, level, text, alive, context) : null;
    }

    private BitSet succeeded() {
      BitSet succeeded = new BitSet();
      if (NumberText.isWhole(text)) {
        BigDecimal value = new BigDecimal(text);
        alive.stream().filter(i -> rule(level, i).accepts(value)).forEach(succeeded::set);
      }
      return succeeded;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      if (NumberText.isPart(b)) {
        return with(frame, level, text + (char) b, alive, after);
      }
      BitSet succeeded = succeeded();
      if (frame == null || !level.isUseful(succeeded)) {
        return null;
      }
      Position behind = valueDone(frame, level, succeeded, context);
      return behind == null ? null : behind.next(b);
    }

    @Override
    public boolean isComplete() {
      return frame == null && level.accepting(succeeded()).get(0);
    }
  }

  /** Behind the bracket that opens an array. */
  static final class FirstItem extends Position {

    private final ArrayFrame frame;
    private final @Nullable Position item;

    FirstItem(ArrayFrame frame, Context context, @Nullable Position item) {
      super(context);
      this.frame = frame;
      this.item = item;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      return b == ']' ? frame.close(after) : item == null ? null : item.step(b, after);
    }
  }

  /** Behind an item of an array. */
  static final class AfterItem extends Position {

    private final ArrayFrame frame;

    AfterItem(ArrayFrame frame, Context context) {
      super(context);
      this.frame = frame;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      return switch (b) {
        case ']' -> frame.close(after);
        case ',' -> spaced(frame.item(after), after);
        default -> null;
      };
    }
  }

  /** Behind the brace that opens an object. */
  static final class FirstKey extends Position {

    private final ObjectFrame frame;

    FirstKey(ObjectFrame frame, Context context) {
      super(context);
      this.frame = frame;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      return switch (b) {
        case '}' -> frame.close(after);
        case '"' -> frame.key(after);
        default -> null;
      };
    }

    @Override
    public List<String> names() {
      return frame.names();
    }
  }

  /** Behind a member of an object. */
  static final class AfterMember extends Position {

    private final ObjectFrame frame;

    AfterMember(ObjectFrame frame, Context context) {
      super(context);
      this.frame = frame;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      return switch (b) {
        case '}' -> frame.close(after);
        case ',' -> frame.key(after) == null ? null : spaced(new NextKey(frame, after), after);
        default -> null;
      };
    }
  }

  /** Before the quote of a name. */
  private static final class NextKey extends Position {

    private final ObjectFrame frame;

    NextKey(ObjectFrame frame, Context context) {
      super(context);
      this.frame = frame;
    }

    @Override
    Position in(Context other) {
      return new NextKey(frame, other);
    }

    @Override
    @Nullable Position step(int b, Context after) {
      return b == '"' ? frame.key(after) : null;
    }

    @Override
    public List<String> names() {
      return frame.names().subList(frame.next(), frame.names().size());
    }
  }

  /** In a name. */
  static final class Key extends Position {

    private final ObjectFrame frame;
    private final Escape escape;
    private final byte[] text;
    private final List<Integer> candidates;
    private final Map<Integer, Integer> free;

    Key(
        ObjectFrame frame,
        Context context,
        Escape escape,
        byte[] text,
        List<Integer> candidates,
        Map<Integer, Integer> free) {
      super(context);
      this.frame = frame;
      this.escape = escape;
      this.text = text;
      this.candidates = candidates;
      this.free = free;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      if (escape == Escape.NONE && b == '"') {
        return frame.keyDone(new String(text, StandardCharsets.UTF_8), free, after);
      }
      int decoded = escape.text(b);
      if (decoded == Escape.WRONG) {
        return null;
      }
      if (decoded == Escape.WITHIN) {
        Key within = new Key(frame, after, escape.next(b), text, candidates, free);
        return canEnd(within) ? within : null;
      }
      byte[] more = Arrays.copyOf(text, text.length + 1);
      more[text.length] = (byte) decoded;
      List<Integer> left = new ArrayList<>();
      for (int candidate : candidates) {
        byte[] name = frame.names().get(candidate).getBytes(StandardCharsets.UTF_8);
        if (name.length >= more.length && name[text.length] == more[text.length]) {
          left.add(candidate);
        }
      }
      Map<Integer, Integer> going = new HashMap<>();
      free.forEach(
          (way, state) -> {
            int next = frame.freeState(way, state, decoded);
            if (next != Dfa.DEAD) {
              going.put(way, next);
            }
          });
      return left.isEmpty() && going.keySet().stream().noneMatch(frame::isUseful)
          ? null
          : new Key(frame, after, escape.next(b), more, left, going);
    }
  }

  /** Behind a name. */
  static final class Colon extends Position {

    private final ObjectFrame frame;
    private final Wanted wanted;

    Colon(ObjectFrame frame, Context context, Wanted wanted) {
      super(context);
      this.frame = frame;
      this.wanted = wanted;
    }

    @Override
    @Nullable Position step(int b, Context after) {
      return b == ':' ? spaced(new ValueStart(frame, after, wanted), after) : null;
    }
  }

  /** Behind the whole value. */
  private static final class End extends Position {

    End(Context context) {
      super(context);
    }

    @Override
    @Nullable Position step(int b, Context after) {
      return null;
    }

    @Override
    public boolean isComplete() {
      return true;
    }
  }
}
