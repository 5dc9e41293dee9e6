package dev.tsuku.llm.grammar.match;

/**
 * The syntax in which a model family writes tool calls. The texts are symbols: a char is a byte,
 * and tokens that stand for no text are {@linkplain MatcherState#markOf marks}.
 *
 * @param before what stands before the name of the first call; not empty
 * @param between what stands between a name and its arguments; not empty
 * @param after what stands behind the arguments of the last call
 * @param next what stands between the arguments of a call and the name of the next one; empty if
 *     there can only be one
 * @param isSpaced whether a space stands behind commas and colons
 * @param beginsOtherThings whether other things than calls begin with the first symbol, too
 * @param reasoning how reasoning is written, which may come before all
 */
public record ToolCallSyntax(
    String before,
    String between,
    String after,
    String next,
    boolean isSpaced,
    boolean beginsOtherThings,
    Reasoning reasoning) {

  public ToolCallSyntax {
    if (before.isEmpty() || between.isEmpty()) {
      throw new IllegalArgumentException("a name stands between other texts");
    }
  }

  /** How much of the text before the first name shows that a call begins, in chars. */
  int triggerLength() {
    if (beginsOtherThings) {
      return before.length();
    }
    int first = before.codePointAt(0);
    if (first >= MatcherState.MARK) {
      return Character.charCount(first);
    }
    if (isOnlyAtStart()) {
      return 1;
    }
    for (int i = 0; i < before.length(); i++) {
      char at = before.charAt(i);
      if (at == '>' || at == ']' || at == '\n') {
        return i + 1;
      }
    }
    return before.length();
  }

  /** Whether calls look so much like other text that only the first thing said can be one. */
  boolean isOnlyAtStart() {
    return before.startsWith("{") || before.startsWith("[{");
  }
}
