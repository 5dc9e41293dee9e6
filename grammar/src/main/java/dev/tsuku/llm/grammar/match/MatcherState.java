package dev.tsuku.llm.grammar.match;

import dev.tsuku.llm.grammar.match.Context.Spacing;
import dev.tsuku.llm.grammar.schema.Node;
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
        Gap,
        ValueStart,
        Word,
        FirstItem,
        AfterItem,
        FirstKey,
        AfterMember,
        NextKey,
        Colon,
        End {

  /** How deep arrays and objects may be nested. */
  static final int MOST_DEPTH = 100;

  /**
   * Marks are symbols beside bytes: tokens that stand for no text, by their numbers from here on.
   */
  public static final int MARK = 0x10000;

  private static final int BYTE_MASK = 0xff;
  private static final byte[] NO_BYTES = {};
  private static final @Nullable MatcherState[] NO_STATES = {};
  private static final int NOT_KNOWN = -2;
  private static final int NONE = -1;

  final Context context;

  /** Where bytes led that were tried already: for each of them its number, and the place. */
  private byte[] tried = NO_BYTES;

  private @Nullable MatcherState[] led = NO_STATES;

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
   * Whether a byte may come here: false only if {@link #next} has no state for it, without looking
   * for one. A mask is found by asking this for each first byte of tokens.
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
   * What decides which ends of tokens may close a text here: two states with equal keys differ in
   * nothing but the part of a name that was written.
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
  static @Nullable MatcherState spaced(@Nullable MatcherState then, Context context) {
    return then != null && context.spacing() != Spacing.NONE ? new Gap(then, context) : then;
  }

  /** The same place with another context; for those that may follow a gap. */
  MatcherState in(Context other) {
    throw new IllegalStateException("nothing like this follows a gap: " + this + other);
  }
}
