package dev.tsuku.llm.engine.prompt;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts long texts into parts that are tokenized one by one. Stateless.
 *
 * <p>A part is short enough for any tokenizer: some match words with a regular expression whose
 * depth of calls grows with the length of the match, and all of them can be stopped only between
 * two parts. A text is cut where its tokens stay the same: after a line, else after a word. Only
 * where there is neither for thousands of characters is a word cut in two, and its tokens may then
 * differ from those of the whole.
 */
final class TextCutter {

  /**
   * Most UTF-16 units of a part. llama.cpp v0.4.0 takes up to 400 bytes of stack for each character
   * of a match, so this many need 3 MiB of the decode thread's stack.
   */
  static final int PART_CHARS = 8192;

  private TextCutter() {}

  /** The parts in order; together they are the text. None is empty. */
  static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    while (text.length() - start > PART_CHARS) {
      int end = end(text, start);
      parts.add(text.substring(start, end));
      start = end;
    }
    if (start < text.length()) {
      parts.add(text.substring(start));
    }
    return parts;
  }

  private static int end(String text, int start) {
    int last = start + PART_CHARS;
    int first = start + PART_CHARS / 2;
    for (int i = last; i > first; i--) {
      if (endsLine(text, i)) {
        return i;
      }
    }
    for (int i = last; i > first; i--) {
      if (endsWord(text, i)) {
        return i;
      }
    }
    return Character.isSurrogatePair(text.charAt(last - 1), text.charAt(last)) ? last - 1 : last;
  }

  /** Whether a line ends before the position: a single line feed between two words. */
  private static boolean endsLine(String text, int position) {
    return text.charAt(position - 1) == '\n'
        && !Character.isWhitespace(text.charAt(position - 2))
        && Character.isLetterOrDigit(text.charAt(position));
  }

  /** Whether a word ends before the position: tokens take a space before a word, none after it. */
  private static boolean endsWord(String text, int position) {
    if (!Character.isLetterOrDigit(text.charAt(position - 1))) {
      return false;
    }
    char next = text.charAt(position);
    return next == ' '
        ? position + 1 < text.length() && Character.isLetter(text.charAt(position + 1))
        : isPunctuation(next);
  }

  /** ASCII punctuation but the apostrophe, which may go with the word before it. */
  private static boolean isPunctuation(char c) {
    return c > ' ' && c < 0x7f && c != '\'' && !Character.isLetterOrDigit(c);
  }
}
