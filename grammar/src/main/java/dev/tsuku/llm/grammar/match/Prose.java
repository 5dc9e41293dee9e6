package dev.tsuku.llm.grammar.match;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In words that may be anything, but that a call begins where its beginning is written. What the
 * model thinks first, between tags, are words too, in which no call begins.
 */
final class Prose extends Position {

  /** A text that is looked for among symbols as they come. */
  static final class Tag {

    private final int[] symbols;

    /** For each number of symbols, how many of their last are the tag's first. */
    private final int[] fallback;

    Tag(String text) {
      this.symbols = text.codePoints().toArray();
      this.fallback = new int[symbols.length + 1];
      for (int i = 1; i < symbols.length; i++) {
        fallback[i + 1] = matched(fallback[i], symbols[i]);
      }
    }

    /** How many of the tag's symbols have come, if so many had come before this one. */
    int matched(int before, int symbol) {
      int matched = before;
      while (matched > 0 && (matched == symbols.length || symbols[matched] != symbol)) {
        matched = fallback[matched];
      }
      return matched < symbols.length && symbols[matched] == symbol ? matched + 1 : matched;
    }

    int length() {
      return symbols.length;
    }

    /** How many of its first symbols are bytes. */
    int bytes(int matched) {
      return (int) Arrays.stream(symbols, 0, matched).filter(symbol -> symbol < MARK).count();
    }

    String rest(int matched) {
      return new String(symbols, matched, symbols.length - matched);
    }
  }

  /** What may come after all. Two that are made apart are never the same. */
  static final class Plan {

    private final Tag call;
    private final @Nullable Position called;
    private final boolean isOnlyAtStart;
    private final Tag thinking;
    private final Tag thought;

    /**
     * A plan.
     *
     * @param call with which calls begin
     * @param called behind it; null if there must not be any
     * @param isOnlyAtStart whether a call can only be the first thing
     * @param thinking with which thoughts begin
     * @param thought with which they end
     */
    Plan(Tag call, @Nullable Position called, boolean isOnlyAtStart, Tag thinking, Tag thought) {
      this.call = call;
      this.called = called;
      this.isOnlyAtStart = isOnlyAtStart;
      this.thinking = thinking;
      this.thought = thought;
    }
  }

  /** How far the words are. */
  private enum Phase {
    /** Nothing was said that could not still become a thought. */
    START,
    THINKING,
    /** Behind the thoughts nothing was said yet. */
    THOUGHT,
    TALKING
  }

  private final Plan plan;
  private final Phase phase;

  /** Symbols of the tag that is looked for, at the end of what was said. */
  private final int matched;

  /** The same for the tag with which thoughts begin. */
  private final int thinking;

  /** What follows thoughts; null if it is words. */
  private final @Nullable Position then;

  private Prose(
      Plan plan, Phase phase, int matched, int thinking, @Nullable Position then, Context context) {
    super(context);
    this.plan = plan;
    this.phase = phase;
    this.matched = matched;
    this.thinking = thinking;
    this.then = then;
  }

  static Prose opening(Plan plan, Context context) {
    return new Prose(plan, Phase.START, 0, 0, null, context);
  }

  /** In thoughts that were begun, behind which something else comes. */
  static Prose thinking(Position then, ThoughtTags tags) {
    if (then instanceof Prose words) {
      return new Prose(words.plan, Phase.THINKING, 0, 0, null, then.context);
    }
    Tag end = new Tag(tags.end());
    // Nothing is looked for but the end.
    Plan plan = new Plan(end, then, false, new Tag(tags.begin()), end);
    return new Prose(plan, Phase.THINKING, 0, 0, then, then.context);
  }

  private Prose at(Phase next, int ofCall, int ofThought) {
    return new Prose(plan, next, ofCall, ofThought, then, context);
  }

  @Override
  @Nullable Position step(int b, Context after) {
    return follow(b);
  }

  @Override
  @Nullable Position mark(int mark) {
    return follow(mark);
  }

  private @Nullable Position follow(int symbol) {
    if (phase == Phase.THINKING) {
      int ending = plan.thought.matched(matched, symbol);
      if (ending < plan.thought.length()) {
        return at(Phase.THINKING, ending, 0);
      }
      return then == null ? at(Phase.THOUGHT, 0, 0) : then;
    }
    boolean mayCall = phase != Phase.TALKING || !plan.isOnlyAtStart;
    int calling = mayCall ? plan.call.matched(matched, symbol) : 0;
    if (mayCall && calling == plan.call.length()) {
      return plan.called;
    }
    int thought = phase == Phase.START ? plan.thinking.matched(thinking, symbol) : 0;
    if (thought == plan.thinking.length()) {
      return at(Phase.THINKING, 0, 0);
    }
    boolean isBlank = symbol == ' ' || symbol == '\n' || symbol == '\r' || symbol == '\t';
    // A mark says nothing either.
    boolean isSilent = isBlank || symbol >= MARK || thought > 0;
    boolean stays = phase != Phase.TALKING && isSilent;
    return at(stays ? phase : Phase.TALKING, calling, thought);
  }

  @Override
  int findOnly() {
    return -1;
  }

  @Override
  Iterable<String> ways() {
    return phase == Phase.THINKING ? List.of(plan.thought.rest(matched)) : List.of();
  }

  @Override
  public boolean isComplete() {
    return then == null;
  }

  @Override
  public Part part() {
    return phase == Phase.THINKING ? Part.THOUGHT : Part.TEXT;
  }

  @Override
  public int held() {
    return phase == Phase.THINKING
        ? 0
        : Math.max(plan.call.bytes(matched), plan.thinking.bytes(thinking));
  }

  @Override
  List<Object> key() {
    return List.of(plan, phase, matched, thinking, keyOf(then));
  }

  private static Object keyOf(@Nullable Object thing) {
    return thing == null ? "" : thing;
  }
}
