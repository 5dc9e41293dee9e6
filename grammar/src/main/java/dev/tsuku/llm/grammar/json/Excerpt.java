package dev.tsuku.llm.grammar.json;

/** What messages quote of JSON: a beginning that fits a sentence. Stateless. */
public final class Excerpt {

  private static final int MAX_CHARS = 60;

  private Excerpt() {}

  /** A value as it is written, shortened: {@code 5}, {@code "strnig"}. */
  public static String of(Json value) {
    return switch (value) {
      case Json.Text text when text.value().length() > MAX_CHARS ->
          shortened(JsonWriter.quote(text.value().substring(0, MAX_CHARS)));
      case Json.Array array when array.items().size() > MAX_CHARS ->
          of(new Json.Array(array.items().subList(0, MAX_CHARS)));
      default -> shortened(JsonWriter.compact(value));
    };
  }

  /** A name or a word between single quotes, shortened. */
  public static String of(String word) {
    String printable =
        word.codePoints()
            .limit(2L * MAX_CHARS)
            .collect(StringBuilder::new, Excerpt::append, StringBuilder::append)
            .toString();
    return "'" + shortened(printable) + "'";
  }

  private static void append(StringBuilder out, int codePoint) {
    if (Character.isISOControl(codePoint)) {
      out.append(String.format("\\u%04x", codePoint));
    } else {
      out.appendCodePoint(codePoint);
    }
  }

  private static String shortened(String text) {
    if (text.length() <= MAX_CHARS) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(MAX_CHARS - 2)) ? MAX_CHARS - 2 : MAX_CHARS - 1;
    return text.substring(0, end) + "…";
  }
}
