package dev.tsuku.llm.template.jinja.syntax;

/** What tags do to the whitespace around them. */
final class Whitespace {

  private Whitespace() {}

  /** Where the text that begins at an index ends before a tag. */
  static int endBefore(String source, int from, int tag) {
    char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : 0;
    if (sign == '-') {
      return spaceBefore(source, from, tag);
    }
    if (sign == '+' || source.charAt(tag + 1) == '{') {
      return tag;
    }
    int indent = tag;
    while (indent > from
        && source.charAt(indent - 1) != '\n'
        && Characters.isSpace(source.charAt(indent - 1))) {
      indent--;
    }
    boolean atLineStart = indent == 0 || source.charAt(indent - 1) == '\n';
    return atLineStart ? indent : tag;
  }

  /**
   * Where text goes on behind a tag.
   *
   * @param close the index of the two closing characters
   * @param newline whether the tag takes a newline
   */
  static int startBehind(String source, int close, boolean newline) {
    int behind = close + 2;
    char sign = source.charAt(close - 1);
    if (sign == '-') {
      return skip(source, behind);
    }
    boolean takes = newline && sign != '+' && source.startsWith("\n", behind);
    return takes ? behind + 1 : behind;
  }

  /** The first index from here that is not whitespace. */
  static int skip(String source, int from) {
    int i = from;
    while (i < source.length() && Characters.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  private static int spaceBefore(String source, int from, int to) {
    int i = to;
    while (i > from && Characters.isSpace(source.charAt(i - 1))) {
      i--;
    }
    return i;
  }
}
