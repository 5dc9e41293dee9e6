package dev.tsuku.llm.grammar.vocabulary;

import dev.tsuku.llm.grammar.regex.Dfa;

/** What each text of a vocabulary can be in a string: found in one pass over all bytes. */
final class TextKinds {

  private static final int ASCII_END = 0x80;
  private static final int CONTINUATION_MASK = 0xc0;
  private static final int CONTINUATION = 0x80;

  private static final byte NONE = 0;
  private static final byte PLAIN = 1;
  private static final byte QUOTED = 2;

  private final byte[] kinds;

  /** For each text, how many characters it has; of one with a quote, how many bytes before that. */
  private final int[] lengths;

  private TextKinds(byte[] kinds, int[] lengths) {
    this.kinds = kinds;
    this.lengths = lengths;
  }

  static TextKinds of(TokenTexts texts) {
    TextKinds found = new TextKinds(new byte[texts.size()], new int[texts.size()]);
    for (int text = 0; text < texts.size(); text++) {
      found.look(texts, text);
    }
    return found;
  }

  private void look(TokenTexts texts, int text) {
    int length = texts.length(text);
    boolean hasControl = false;
    int chars = 0;
    int state = Dfa.ANY.start();
    for (int i = 0; i < length; i++) {
      int b = texts.byteAt(text, i);
      if (b == '"' || b == '\\') {
        kinds[text] = QUOTED;
        lengths[text] = state != Dfa.DEAD && Dfa.ANY.accepts(state) ? i : -1;
        return;
      }
      hasControl |= b < ' ';
      chars += (b & CONTINUATION_MASK) == CONTINUATION ? 0 : 1;
      // Between two characters, one of a single byte leads to where it began.
      if (state != Dfa.DEAD && (b >= ASCII_END || state != Dfa.ANY.start())) {
        state = Dfa.ANY.next(state, b);
      }
    }
    kinds[text] = hasControl ? NONE : PLAIN;
    lengths[text] = state == Dfa.DEAD ? 0 : chars;
  }

  /** Whether a text has neither quotes and backslashes nor control characters. */
  boolean isPlain(int text) {
    return kinds[text] == PLAIN;
  }

  /** Whether a text has a quote or a backslash. */
  boolean isQuoted(int text) {
    return kinds[text] == QUOTED;
  }

  /** How many characters begin in a plain text; 0 if it can be in no string. */
  int chars(int text) {
    return lengths[text];
  }

  /**
   * How many bytes a quoted text has before its first quote or backslash; -1 if those are not whole
   * characters.
   */
  int beforeQuote(int text) {
    return lengths[text];
  }
}
