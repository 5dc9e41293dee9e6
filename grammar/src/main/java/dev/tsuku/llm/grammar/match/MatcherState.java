package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.match.Context.Spacing;
import dev.tsuku.llm.grammar.schema.JsonType;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.Rule;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An immutable state of the matcher: the JSON value, or the answer around values, that the bytes
 * accepted so far begin. From every state there is a way to a complete, valid answer. Going back
 * means keeping an earlier state.
 */
public abstract sealed class MatcherState
    permits Key,
        PatternText,
        Numeral,
        Text,
        Choice,
        FreeText,
        Messages,
        ArgumentsStart,
        MatcherState.Gap,
        MatcherState.ValueStart,
        MatcherState.Word,
        MatcherState.FirstItem,
        MatcherState.AfterItem,
        MatcherState.FirstKey,
        MatcherState.AfterMember,
        MatcherState.NextKey,
        MatcherState.Colon,
        MatcherState.End {

  /** How deep arrays and objects may be nested. */
  static final int MOST_DEPTH = 100;

  /**
   * Marks are symbols beside bytes: tokens that stand for no text, by their numbers from here on.
   */
  public static final int MARK = 0x10000;

  private static final int BYTE_MASK = 0xff;
  private static final String FIRST_OF_VALUES = "{[\"tfn-0123456789";
  private static final int NOT_KNOWN = -2;
  private static final int NONE = -1;

  final Context context;

  /** Where bytes led that were tried already: for each of them its number, and the place. */
  private byte[] tried = {};

  private @Nullable MatcherState[] led = {};

  /** How the value is ended from here; found out by {@link ShortestCompletion}. */
  @Nullable ShortestCompletion ending;

  /** Whether {@link ShortestCompletion} has looked for a way to the end, and found none. */
  boolean isEndless;

  /** See {@link #only()}. */
  private int only = NOT_KNOWN;

  MatcherState(Context context) {
    this.context = context;
  }

  /** Before the first byte of a value that has to obey a node. */
  public static MatcherState start(Node node) {
    NodeSet wanted = new NodeSet();
    wanted.add(node, true);
    Context context = new Context(Spacing.UNDECIDED, new Shared(), null, Context.NO_TOOL);
    return new ValueStart(null, context, wanted);
  }

  /**
   * Where a symbol leads.
   *
   * @param b a byte, 0 to 255, or a mark
   * @return null if it must not come here
   */
  public final @Nullable MatcherState next(int b) {
    if (b > BYTE_MASK) {
      return mark(b);
    }
    if (context.recorded() != null) {
      return step(b, context.after(b));
    }
    if (!isRemembered(b)) {
      return step(b, context);
    }
    for (int i = 0; i < tried.length; i++) {
      if (tried[i] == (byte) b) {
        return led[i];
      }
    }
    MatcherState reached = step(b, context);
    if (reached != null && reached.context.recorded() == null) {
      reached = context.shared().intern(reached);
    }
    tried = Arrays.copyOf(tried, tried.length + 1);
    led = Arrays.copyOf(led, tried.length);
    tried[tried.length - 1] = (byte) b;
    led[tried.length - 1] = reached;
    return reached;
  }

  /**
   * Whether a byte may come here, as far as that can be told without following it: false only if it
   * must not. A mask is found by asking this for the first byte of each token.
   */
  public boolean mayBegin(int b) {
    return true;
  }

  /** Whether it pays to remember where a byte leads. */
  boolean isRemembered(int b) {
    return true;
  }

  /** Where a byte leads, everything else being as it is behind it. */
  abstract @Nullable MatcherState step(int b, Context after);

  /** Where a mark leads; nowhere in a value. */
  @Nullable MatcherState mark(int mark) {
    return null;
  }

  /** The marks that may come here, as numbers of tokens, where only few may. */
  public List<Integer> marks() {
    return List.of();
  }

  /** The one symbol that must come here; -1 if there are others, or this may be the end. */
  public final int only() {
    if (only == NOT_KNOWN) {
      only = isComplete() ? NONE : findOnly();
    }
    return only;
  }

  int findOnly() {
    int found = NONE;
    for (int b = ' '; b <= BYTE_MASK; b++) {
      if (step(b, context.after(b)) != null) {
        if (found != NONE) {
          return NONE;
        }
        found = b;
      }
    }
    return found;
  }

  /** A token that stands for no text, as it is written among symbols. */
  public static String markOf(int token) {
    return Character.toString(MARK + token);
  }

  /**
   * Texts that lead on towards the end of the value, those that are likely to lead there soonest
   * first. Spaces may be missing in them.
   */
  abstract Iterable<String> ways();

  /** Whether the value may end here. */
  public boolean isComplete() {
    return false;
  }

  /** Whether nothing can come here any more. */
  public final boolean isEnd() {
    return this instanceof End;
  }

  /** What is being written here. */
  public Part part() {
    return Part.VALUE;
  }

  /** How many of the last bytes may turn out to be no text but the beginning of a call. */
  public int held() {
    return 0;
  }

  /** The tool whose arguments are being written, as an index; -1 outside of arguments. */
  public final int tool() {
    return context.tool();
  }

  /** Whether nearly everything may come here. */
  public final boolean isProse() {
    return this instanceof FreeText || this instanceof Messages;
  }

  /**
   * In thoughts that the model was made to begin with, which end with a tag, and behind which comes
   * what would have come here.
   */
  public final MatcherState afterThinking(ReasoningTags tags) {
    return FreeText.thinking(this, tags);
  }

  /** In the header of the message for the reader that is this, and nothing else. */
  public final MatcherState inFinalMessage(ChannelTags tags) {
    Choice.Branch branch =
        new Choice.Branch(tags.channel() + ChannelTags.FINAL + tags.message(), this);
    return Objects.requireNonNull(Choice.of(List.of(branch), context));
  }

  /** The names that the schema speaks of, in the order in which they may come here. */
  public List<String> names() {
    return List.of();
  }

  /**
   * What may follow here as text, if this is in a string or a name, and not in an escape.
   *
   * @param most how many bytes are of interest
   */
  public Optional<TextLimits> text(int most) {
    return Optional.empty();
  }

  /**
   * A place at which the same bytes may follow, the same one for as many places as possible.
   *
   * @param most how many bytes are of interest
   */
  public MatcherState alike(int most) {
    return this;
  }

  /** The same place if only names that the schema speaks of might come; empty if none can. */
  public Optional<MatcherState> named() {
    return Optional.empty();
  }

  /** In a name that nothing speaks of and that was not there yet; empty if this is in no name. */
  public Optional<MatcherState> invented() {
    return Optional.empty();
  }

  /**
   * What decides which ends of tokens may close a text here: two places with equal keys differ in
   * nothing but the names that are known or were there already.
   */
  public Object endsKey() {
    return this;
  }

  /** How the names that were there already, or that the schema speaks of, go on from here. */
  public List<byte[]> endsOfKnownNames() {
    return List.of();
  }

  /** Where in the schema that stands which has to be obeyed here; empty at its root. */
  public String pointer() {
    return "";
  }

  /** How many alternatives are followed here, to which the cost of a step is proportional. */
  public int breadth() {
    return 1;
  }

  /** Whether it is in an array whose items must differ. */
  final boolean isAmongUnique() {
    return context.recorded() != null;
  }

  /** Whether it may be found equal to others. */
  public final boolean isShared() {
    return context.recorded() == null;
  }

  /** Whether positions of this schema have used up what may be remembered of it. */
  public final boolean isMemoryFull() {
    return context.shared().isFull();
  }

  /**
   * Everything that makes this place different from others of its kind. Those that cannot be the
   * same as any other have only themselves.
   */
  abstract List<Object> key();

  @Override
  public final boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof MatcherState position
            && getClass() == position.getClass()
            && context.recorded() == null
            && position.context.recorded() == null
            && context.spacing() == position.context.spacing()
            && context.tool() == position.context.tool()
            && key().equals(position.key()));
  }

  @Override
  public final int hashCode() {
    return Objects.hash(getClass(), context.spacing(), key());
  }

  /** A frame as part of a key. */
  static Object keyOf(@Nullable Frame frame) {
    return frame == null ? "" : frame;
  }

  /** Where one is behind a value: some ways to write it have succeeded. */
  static @Nullable MatcherState valueDone(
      @Nullable Frame parent, ActiveAlternatives level, BitSet succeeded, Context context) {
    BitSet accepting = level.accepting(succeeded);
    if (parent == null) {
      return accepting.get(0) ? new End(context) : null;
    }
    if (context.recorded() != null) {
      return parent.valueDone(accepting, context);
    }
    return context
        .shared()
        .done(
            parent,
            accepting,
            context.spacing(),
            () -> Optional.ofNullable(parent.valueDone(accepting, context)));
  }

  /** Whether an escape has an end that may come here. */
  static boolean canEnd(MatcherState escaping) {
    return "\"\\bfnrtu0123456789acdef".chars().anyMatch(b -> escaping.next(b) != null);
  }

  /** Behind a comma or colon. */
  private static @Nullable MatcherState spaced(@Nullable MatcherState then, Context context) {
    return then != null && context.spacing() != Spacing.NONE ? new Gap(then, context) : then;
  }

  /** Where a space may stand, or has to. */
  static final class Gap extends MatcherState {

    private final MatcherState then;

    Gap(MatcherState then, Context context) {
      super(context);
      this.then = then;
    }

    @Override
    public boolean mayBegin(int b) {
      return b == ' ' || then.mayBegin(b);
    }

    @Override
    public String pointer() {
      return then.pointer();
    }

    @Override
    public int breadth() {
      return then.breadth();
    }

    @Override
    Iterable<String> ways() {
      return context.spacing() == Spacing.SPACE ? List.of(" ") : then.ways();
    }

    @Override
    List<Object> key() {
      return List.of(then);
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
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
  MatcherState in(Context other) {
    throw new IllegalStateException("nothing like this follows a gap: " + this + other);
  }

  /** Before a value. */
  static final class ValueStart extends MatcherState {

    private final @Nullable Frame frame;
    private final NodeSet wanted;

    ValueStart(@Nullable Frame frame, Context context, NodeSet wanted) {
      super(context);
      this.frame = frame;
      this.wanted = wanted;
    }

    @Override
    public boolean mayBegin(int b) {
      return FIRST_OF_VALUES.indexOf(b) >= 0;
    }

    @Override
    public String pointer() {
      return wanted.pointer();
    }

    @Override
    public int breadth() {
      return wanted.nodes().size();
    }

    @Override
    Iterable<String> ways() {
      return frame instanceof ArrayFrame array && !array.items().isEmpty()
          ? wanted.shortest(array)
          : wanted.shortest();
    }

    @Override
    List<Object> key() {
      return List.of(keyOf(frame), wanted);
    }

    @Override
    MatcherState in(Context other) {
      // An item begins where the space before it ends, as far as it is recorded.
      return new ValueStart(frame, other, wanted);
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
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
      ActiveAlternatives level = context.shared().level(wanted, type);
      if (!level.isUseful(level.all())) {
        return null;
      }
      return switch (type) {
        case OBJECT -> ObjectFrame.open(frame, level, after);
        case ARRAY -> ArrayFrame.open(frame, level, after);
        case STRING -> Text.open(frame, level, after);
        case NUMBER -> Numeral.of(frame, level, Character.toString(b), level.all(), after);
        case BOOLEAN -> Word.of(frame, level, b == 't' ? "true" : "false", after);
        case NULL -> Word.of(frame, level, "null", after);
      };
    }
  }

  /** In {@code true}, {@code false} or {@code null}. */
  static final class Word extends MatcherState {

    private final @Nullable Frame frame;
    private final ActiveAlternatives level;
    private final String rest;
    private final BitSet alive;

    Word(
        @Nullable Frame frame,
        ActiveAlternatives level,
        String rest,
        BitSet alive,
        Context context) {
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
            i,
            !(level.way(i).rule() instanceof Rule.Bool bool) || bool.allows(word.equals("true")));
      }
      return level.isUseful(alive)
          ? new Word(frame, level, word.substring(1), alive, context)
          : null;
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

  /** Behind the bracket that opens an array. */
  static final class FirstItem extends MatcherState {

    private final ArrayFrame frame;
    private final @Nullable MatcherState item;

    FirstItem(ArrayFrame frame, Context context, @Nullable MatcherState item) {
      super(context);
      this.frame = frame;
      this.item = item;
    }

    @Override
    public boolean mayBegin(int b) {
      return b == ']' || (item != null && item.mayBegin(b));
    }

    @Override
    public String pointer() {
      return frame.level().pointer();
    }

    @Override
    public int breadth() {
      return frame.level().size();
    }

    @Override
    Iterable<String> ways() {
      return item == null || frame.mayClose() ? List.of("]") : item.ways();
    }

    @Override
    List<Object> key() {
      return List.of(frame);
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
      return b == ']' ? frame.close(after) : item == null ? null : item.step(b, after);
    }
  }

  /** Behind an item of an array. */
  static final class AfterItem extends MatcherState {

    private final ArrayFrame frame;

    AfterItem(ArrayFrame frame, Context context) {
      super(context);
      this.frame = frame;
    }

    @Override
    public boolean mayBegin(int b) {
      return b == ']' || b == ',';
    }

    @Override
    public String pointer() {
      return frame.level().pointer();
    }

    @Override
    public int breadth() {
      return frame.level().size();
    }

    @Override
    Iterable<String> ways() {
      return frame.mayClose() ? List.of("]") : List.of(",");
    }

    @Override
    List<Object> key() {
      return List.of(frame);
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
      return switch (b) {
        case ']' -> frame.close(after);
        case ',' -> spaced(frame.item(after), after);
        default -> null;
      };
    }
  }

  /** Behind the brace that opens an object. */
  static final class FirstKey extends MatcherState {

    private final ObjectFrame frame;

    FirstKey(ObjectFrame frame, Context context) {
      super(context);
      this.frame = frame;
    }

    @Override
    public boolean mayBegin(int b) {
      return b == '}' || b == '"';
    }

    @Override
    public String pointer() {
      return frame.level().pointer();
    }

    @Override
    public int breadth() {
      return frame.level().size();
    }

    @Override
    Iterable<String> ways() {
      return frame.mayClose() ? List.of("}") : frame.nameWays("\"");
    }

    @Override
    List<Object> key() {
      return List.of(frame);
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
      return switch (b) {
        case '}' -> frame.close(after);
        case '"' -> frame.key(after);
        default -> null;
      };
    }

    @Override
    public List<String> names() {
      return frame.names().list();
    }
  }

  /** Behind a member of an object. */
  static final class AfterMember extends MatcherState {

    private final ObjectFrame frame;

    AfterMember(ObjectFrame frame, Context context) {
      super(context);
      this.frame = frame;
    }

    @Override
    public boolean mayBegin(int b) {
      return b == '}' || b == ',';
    }

    @Override
    public String pointer() {
      return frame.level().pointer();
    }

    @Override
    public int breadth() {
      return frame.level().size();
    }

    @Override
    Iterable<String> ways() {
      return frame.mayClose() ? List.of("}") : frame.nameWays(",\"");
    }

    @Override
    List<Object> key() {
      return List.of(frame);
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
      return switch (b) {
        case '}' -> frame.close(after);
        case ',' -> frame.key(after) == null ? null : spaced(new NextKey(frame, after), after);
        default -> null;
      };
    }
  }

  /** Before the quote of a name. */
  static final class NextKey extends MatcherState {

    private final ObjectFrame frame;

    NextKey(ObjectFrame frame, Context context) {
      super(context);
      this.frame = frame;
    }

    @Override
    public boolean mayBegin(int b) {
      return b == '"';
    }

    @Override
    public String pointer() {
      return frame.level().pointer();
    }

    @Override
    public int breadth() {
      return frame.level().size();
    }

    @Override
    Iterable<String> ways() {
      return frame.nameWays("\"");
    }

    @Override
    List<Object> key() {
      return List.of(frame);
    }

    @Override
    MatcherState in(Context other) {
      return new NextKey(frame, other);
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
      return b == '"' ? frame.key(after) : null;
    }

    @Override
    public List<String> names() {
      return frame.names().list().subList(frame.next(), frame.names().size());
    }
  }

  /** Behind a name. */
  static final class Colon extends MatcherState {

    private final ObjectFrame frame;
    private final NodeSet wanted;

    Colon(ObjectFrame frame, Context context, NodeSet wanted) {
      super(context);
      this.frame = frame;
      this.wanted = wanted;
    }

    @Override
    public boolean mayBegin(int b) {
      return b == ':';
    }

    @Override
    public String pointer() {
      return wanted.pointer();
    }

    @Override
    public int breadth() {
      return wanted.nodes().size();
    }

    @Override
    Iterable<String> ways() {
      return List.of(":");
    }

    @Override
    List<Object> key() {
      return List.of(frame, wanted);
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
      return b == ':' ? spaced(new ValueStart(frame, after, wanted), after) : null;
    }
  }

  /** Behind the whole value. */
  static final class End extends MatcherState {

    End(Context context) {
      super(context);
    }

    @Override
    public boolean mayBegin(int b) {
      return false;
    }

    @Override
    Iterable<String> ways() {
      return List.of();
    }

    @Override
    List<Object> key() {
      return List.of();
    }

    @Override
    @Nullable MatcherState step(int b, Context after) {
      return null;
    }

    @Override
    public boolean isComplete() {
      return true;
    }
  }
}
