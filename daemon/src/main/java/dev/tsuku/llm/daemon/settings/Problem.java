package dev.tsuku.llm.daemon.settings;

/**
 * Something that makes no sense.
 *
 * @param place a flag, a variable, or a file with the line
 * @param sentence what is wrong there and how to right it
 */
public record Problem(String place, String sentence) {

  /** Place and sentence in one line, whatever stood in the value. */
  public String message() {
    return oneLine(place + ": " + sentence);
  }

  static String oneLine(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]+", " ");
  }
}
