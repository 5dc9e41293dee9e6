package dev.tsuku.llm.template.jinja.syntax;

/** Which characters are space: Python's answer, which is not Java's. */
public final class Characters {

  private Characters() {}

  /** Whether Python takes a character for space. */
  public static boolean isSpace(int c) {
    return (c >= 9 && c <= 13)
        || (c >= 0x1c && c <= 0x20)
        || c == 0x85
        || (c > 0x85 && Character.isSpaceChar(c));
  }
}
