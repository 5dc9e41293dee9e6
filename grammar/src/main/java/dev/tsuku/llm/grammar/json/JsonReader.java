package dev.tsuku.llm.grammar.json;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/** Reads JSON text that nobody vouches for: its depth and the lengths of its parts are bounded. */
public final class JsonReader {

  /** How deep values may be nested. */
  public static final int MOST_DEPTH = 128;

  /** How many characters the name of a member may have. */
  public static final int MOST_NAME_CHARS = 50_000;

  /** How many values a text may have: each takes many times its bytes. */
  public static final int MOST_VALUES = 500_000;

  private static final int MOST_NUMBER_CHARS = 1000;
  private static final int MOST_STRING_CHARS = 16 << 20;

  /** Exponents beyond those of a double are of no use, and of harm where all digits are spelled. */
  private static final int MOST_EXPONENT = 400;

  // Depth and lengths are looked at here, where the messages are our own.
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(2 * MOST_DEPTH)
                  .maxNumberLength(MOST_STRING_CHARS)
                  .maxNameLength(MOST_STRING_CHARS)
                  .maxStringLength(MOST_STRING_CHARS)
                  .build())
          .build();

  private final JsonParser parser;
  private int depth;
  private int values;

  private JsonReader(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Reads a text that is one JSON value, with or without a byte order mark before it.
   *
   * @throws JsonException if it is something else, or too deep or too long
   */
  public static Json read(String text) {
    String bare = text.startsWith("\uFEFF") ? text.substring(1) : text;
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bare)) {
      return new JsonReader(parser).whole();
    } catch (StreamConstraintsException e) {
      throw new JsonException("has a string of more than " + MOST_STRING_CHARS + " characters");
    } catch (StreamReadException e) {
      throw SyntaxFault.of(e, bare);
    }
  }

  private Json whole() {
    JsonToken first = parser.nextToken();
    if (first == null) {
      throw wrong("the text is empty");
    }
    Json value = value(first);
    if (parser.nextToken() != null) {
      throw wrong("something follows the end of the value" + place());
    }
    return value;
  }

  private static JsonException wrong(String fault) {
    return new JsonException("is not JSON: " + fault);
  }

  private String place() {
    TokenStreamLocation at = parser.currentTokenLocation();
    return " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
  }

  private Json value(JsonToken token) {
    if (++values > MOST_VALUES) {
      throw new JsonException("has more than " + MOST_VALUES + " values");
    }
    return switch (token) {
      case VALUE_NULL -> Json.Null.NULL;
      case VALUE_TRUE -> new Json.Bool(true);
      case VALUE_FALSE -> new Json.Bool(false);
      case VALUE_STRING -> new Json.Text(text(parser.getString()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getString());
      case START_ARRAY -> array();
      case START_OBJECT -> object();
      default -> throw wrong("a value is missing" + place());
    };
  }

  /** Half of a surrogate pair is no character and cannot be said in UTF-8. */
  private String text(String chars) {
    for (int i = 0; i < chars.length(); i++) {
      if (Character.isSurrogate(chars.charAt(i))) {
        if (!Character.isHighSurrogate(chars.charAt(i))
            || (i + 1 == chars.length())
            || !Character.isLowSurrogate(chars.charAt(i + 1))) {
          throw wrong("a string has half of a surrogate pair" + place());
        }
        i++;
      }
    }
    return chars;
  }

  private Json number(String digits) {
    if (digits.length() > MOST_NUMBER_CHARS) {
      throw new JsonException(
          "has a number of more than " + MOST_NUMBER_CHARS + " characters" + place());
    }
    BigDecimal value;
    try {
      value = new BigDecimal(digits);
    } catch (NumberFormatException e) {
      throw outOfRange(digits);
    }
    if (value.signum() != 0 && Math.abs((long) value.precision() - value.scale()) > MOST_EXPONENT) {
      throw outOfRange(digits);
    }
    return new Json.Num(value, digits.matches(".*[.eE].*"));
  }

  private JsonException outOfRange(String digits) {
    return new JsonException(
        "has the number "
            + Excerpt.of(digits)
            + place()
            + ", which is not between 1e-"
            + MOST_EXPONENT
            + " and 1e"
            + MOST_EXPONENT);
  }

  private void enter() {
    if (++depth > MOST_DEPTH) {
      throw new JsonException("nests deeper than " + MOST_DEPTH + " levels" + place());
    }
  }

  private Json array() {
    enter();
    List<Json> items = new ArrayList<>();
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      items.add(value(token));
    }
    depth--;
    return new Json.Array(items);
  }

  private Json object() {
    enter();
    Map<String, Json> members = new LinkedHashMap<>();
    for (JsonToken token = next(); token != JsonToken.END_OBJECT; token = next()) {
      String name = name();
      if (members.containsKey(name)) {
        throw wrong("the name " + Excerpt.of(name) + " stands twice in an object" + place());
      }
      members.put(name, value(next()));
    }
    depth--;
    return new Json.Obj(members);
  }

  private String name() {
    String name = text(parser.currentName());
    if (name.length() > MOST_NAME_CHARS) {
      throw new JsonException(
          "has a name of "
              + name.length()
              + " characters; the most are "
              + MOST_NAME_CHARS
              + place());
    }
    return name;
  }

  private JsonToken next() {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw wrong("the text ends too soon");
    }
    return token;
  }
}
