package dev.tsuku.llm.daemon.rpc;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Quotes in sentences what a client has sent: never more than a few words of it. Stateless. */
final class Quoted {

  /** Most characters of one text. */
  static final int MAX_CHARS = 80;

  private Quoted() {}

  /** Most bytes of a sentence, in UTF-8. */
  static final int MAX_BYTES = 1024;

  private static final Pattern LONG_QUOTE = Pattern.compile("'([^']{" + MAX_CHARS + "})[^']+'");

  private static final Pattern LONG_WORD = Pattern.compile("\\S{" + (MAX_CHARS + 1) + ",}");

  /** The text in quotes; what is left out is shown as an ellipsis, and no line ends in it. */
  static String text(String text) {
    return "'" + shortened(text) + "'";
  }

  /** The text, cut to its first {@value #MAX_CHARS} characters if it has more. */
  static String shortened(String text) {
    if (text.length() <= MAX_CHARS) {
      return oneLine(text);
    }
    int end = Character.isHighSurrogate(text.charAt(MAX_CHARS - 2)) ? MAX_CHARS - 2 : MAX_CHARS - 1;
    return oneLine(text.substring(0, end)) + "…";
  }

  /**
   * A sentence for a status: whatever it quotes is cut to {@value #MAX_CHARS} characters, and all
   * of it to {@value #MAX_BYTES} bytes.
   */
  static String sentence(String sentence) {
    String quoting =
        LONG_QUOTE
            .matcher(sentence)
            .replaceAll(match -> Matcher.quoteReplacement(text(match.group(1) + "…")));
    int bytes = 0;
    for (int i = 0; i < quoting.length(); i = quoting.offsetByCodePoints(i, 1)) {
      int size = utf8Bytes(quoting.codePointAt(i));
      if (bytes + size > MAX_BYTES) {
        return cutTo(quoting, MAX_BYTES - utf8Bytes('…')) + "…";
      }
      bytes += size;
    }
    return quoting;
  }

  /** The sentence with its long words cut, for one that holds no names of the daemon's own. */
  static String words(String sentence) {
    return LONG_WORD
        .matcher(sentence)
        .replaceAll(match -> Matcher.quoteReplacement(shortened(match.group())));
  }

  private static String cutTo(String text, int maxBytes) {
    int bytes = 0;
    int end = 0;
    while (end < text.length()) {
      bytes += utf8Bytes(text.codePointAt(end));
      if (bytes > maxBytes) {
        break;
      }
      end = text.offsetByCodePoints(end, 1);
    }
    return text.substring(0, end);
  }

  private static int utf8Bytes(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    if (codePoint < 0x800) {
      return 2;
    }
    return codePoint < 0x10000 ? 3 : 4;
  }

  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.chars().forEach(c -> line.append(Character.isISOControl(c) ? ' ' : (char) c));
    return line.toString();
  }
}
