package dev.tsuku.llm.grammar.match;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Free text, in which a tool call begins where the first symbols of its syntax are written. Leading
 * reasoning between tags is free text as well, in which no call begins.
 */
final class FreeText extends MatcherState {

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

  /**
   * With what calls begin.
   *
   * @param then behind it; null if there must not be any
   */
  record Beginning(Tag tag, @Nullable MatcherState then) {}

  /** What may come after all. Two that are made apart are never the same. */
  static final class Plan {

    private final Beginning call;
    private final Beginning spelled;
    private final boolean isOnlyAtStart;
    private final Tag thinking;
    private final Tag thought;

    /**
     * A plan.
     *
     * @param call with which calls begin
     * @param spelled with which they begin, too
     * @param isOnlyAtStart whether a call can only be the first thing
     * @param thinking with which thoughts begin
     * @param thought with which they end
     */
    Plan(Beginning call, Beginning spelled, boolean isOnlyAtStart, Tag thinking, Tag thought) {
      this.call = call;
      this.spelled = spelled;
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

  /** The same for the tag with which calls begin, too. */
  private final int spelled;

  /** The same for the tag with which thoughts begin. */
  private final int thinking;

  /** What follows thoughts; null if it is words. */
  private final @Nullable MatcherState then;

  /** How much of each tag has come. */
  private record Matched(int call, int spelled, int thinking) {

    static final Matched NOTHING = new Matched(0, 0, 0);
  }

  private FreeText(
      Plan plan, Phase phase, Matched matched, @Nullable MatcherState then, Context context) {
    super(context);
    this.plan = plan;
    this.phase = phase;
    this.matched = matched.call();
    this.spelled = matched.spelled();
    this.thinking = matched.thinking();
    this.then = then;
  }

  static FreeText opening(Plan plan, Context context) {
    return new FreeText(plan, Phase.START, Matched.NOTHING, null, context);
  }

  /** In thoughts that were begun, behind which something else comes. */
  static FreeText thinking(MatcherState then, ReasoningTags tags) {
    if (then instanceof FreeText words) {
      return new FreeText(words.plan, Phase.THINKING, Matched.NOTHING, null, then.context);
    }
    Tag end = new Tag(tags.end());
    // Nothing is looked for but the end.
    Beginning none = new Beginning(end, then);
    Plan plan = new Plan(none, none, false, new Tag(tags.begin()), end);
    return new FreeText(plan, Phase.THINKING, Matched.NOTHING, then, then.context);
  }

  private FreeText at(Phase next, Matched ofTags) {
    return new FreeText(plan, next, ofTags, then, context);
  }

  @Override
  @Nullable MatcherState step(int b, Context after) {
    return follow(b);
  }

  @Override
  @Nullable MatcherState mark(int mark) {
    return follow(mark);
  }

  private @Nullable MatcherState follow(int symbol) {
    if (phase == Phase.THINKING) {
      int ending = plan.thought.matched(matched, symbol);
      if (ending < plan.thought.length()) {
        return at(Phase.THINKING, new Matched(ending, 0, 0));
      }
      return then == null ? at(Phase.THOUGHT, Matched.NOTHING) : then;
    }
    boolean mayCall = phase != Phase.TALKING || !plan.isOnlyAtStart;
    int calling = mayCall ? plan.call.tag().matched(matched, symbol) : 0;
    if (mayCall && calling == plan.call.tag().length()) {
      return plan.call.then();
    }
    int spelling = mayCall ? plan.spelled.tag().matched(spelled, symbol) : 0;
    if (mayCall && spelling == plan.spelled.tag().length()) {
      return plan.spelled.then();
    }
    int thought = phase == Phase.START ? plan.thinking.matched(thinking, symbol) : 0;
    if (thought == plan.thinking.length()) {
      return at(Phase.THINKING, Matched.NOTHING);
    }
    boolean isBlank = symbol == ' ' || symbol == '\n' || symbol == '\r' || symbol == '\t';
    // A mark says nothing either.
    boolean isSilent = isBlank || symbol >= MARK || thought > 0;
    boolean stays = phase != Phase.TALKING && isSilent;
    return at(stays ? phase : Phase.TALKING, new Matched(calling, spelling, thought));
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
        : Math.max(
            Math.max(plan.call.tag().bytes(matched), plan.spelled.tag().bytes(spelled)),
            plan.thinking.bytes(thinking));
  }

  @Override
  List<Object> key() {
    return List.of(plan, phase, matched, spelled, thinking, keyOf(then));
  }

  private static Object keyOf(@Nullable Object thing) {
    return thing == null ? "" : thing;
  }
}
