package dev.tsuku.llm.grammar.json;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;

/**
 * What is wrong with a text that is not JSON, in our own words: those of the parser name its
 * settings. Stateless.
 */
final class SyntaxFault {

  private static final int MAX_WORD_CHARS = 20;

  /** What is said where the parser's words have a key in them; the first that does counts. */
  private static final List<Map.Entry<String, String>> FAULTS =
      List.of(
          Map.entry("comma to separate", "a comma is missing before %s"),
          Map.entry("colon to separate", "a colon is missing before %s"),
          Map.entry("start property name", "a name in double quotes is missing before %s"),
          Map.entry("close marker", "%s closes what is not open"),
          Map.entry("omment", "%s begins a comment, and JSON has none"),
          Map.entry("character escape", "a string has an escape that JSON does not have"),
          Map.entry("Illegal unquoted", "a string has a line break or a control character in it"),
          Map.entry("eading zero", "a number begins with 0 and has more digits before its point"),
          Map.entry("umeric", "a number is not written as JSON has it"),
          Map.entry("Non-standard token", "a number is not written as JSON has it"));

  private SyntaxFault() {}

  /**
   * The fault in a text.
   *
   * @param e what the parser says of it
   */
  static JsonException of(StreamReadException e, String text) {
    String fault =
        e instanceof UnexpectedEndOfInputException
            ? "the text ends too soon"
            : fault(String.valueOf(e.getOriginalMessage()), e.getLocation(), text);
    return new JsonException("is not JSON: " + fault + place(e.getLocation()));
  }

  private static String fault(String said, TokenStreamLocation at, String text) {
    Optional<String> known =
        FAULTS.stream()
            .filter(entry -> said.contains(entry.getKey()))
            .map(Map.Entry::getValue)
            .findFirst();
    return known.orElse("%s is no value").formatted(word(at, text));
  }

  /** What stands at a place: a word, or one character of another kind. */
  private static String word(TokenStreamLocation at, String text) {
    long start = at == null ? -1 : at.getCharOffset();
    if (start < 0 || start >= text.length()) {
      return "what stands there";
    }
    int from = (int) start;
    int end = text.offsetByCodePoints(from, 1);
    if (isOfWord(text.charAt(from))) {
      while (end < text.length() && end < from + MAX_WORD_CHARS && isOfWord(text.charAt(end))) {
        end++;
      }
    }
    return Excerpt.of(text.substring(from, end));
  }

  private static boolean isOfWord(char c) {
    return c == '_' || (c < 0x80 && Character.isLetterOrDigit(c));
  }

  private static String place(TokenStreamLocation at) {
    return at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
  }
}
