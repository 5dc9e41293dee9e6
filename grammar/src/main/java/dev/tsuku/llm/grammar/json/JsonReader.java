package dev.tsuku.llm.grammar.json;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/** Reads JSON text that nobody vouches for: its depth and the lengths of its parts are bounded. */
public final class JsonReader {

  /** How deep values may be nested. */
  public static final int MOST_DEPTH = 128;

  private static final int MOST_NUMBER_CHARS = 1000;
  private static final int MOST_STRING_CHARS = 16 << 20;

  /** Exponents beyond those of a double are of no use, and of harm where all digits are spelled. */
  private static final int MOST_EXPONENT = 400;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MOST_DEPTH)
                  .maxNumberLength(MOST_NUMBER_CHARS)
                  .maxStringLength(MOST_STRING_CHARS)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private static final Pattern MARKER = Pattern.compile(" \\(start marker at \\[Source: .*?\\]\\)");

  private JsonReader() {}

  /**
   * Reads a text that is one JSON value, with or without a byte order mark before it.
   *
   * @throws JsonException if it is something else, or too deep or too long
   */
  public static Json read(String text) {
    String bare = text.startsWith("\uFEFF") ? text.substring(1) : text;
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bare)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new JsonException("the text is empty");
      }
      Json value = value(parser, first);
      if (parser.nextToken() != null) {
        throw new JsonException("something follows the end of the value" + place(parser));
      }
      return value;
    } catch (StreamReadException e) {
      throw new JsonException(plain(e.getOriginalMessage()) + place(e));
    } catch (JacksonException e) {
      throw new JsonException(plain(e.getOriginalMessage()));
    }
  }

  /** Jackson's message without what it says of itself. */
  private static String plain(String message) {
    return MARKER.matcher(message).replaceAll("");
  }

  private static String place(StreamReadException e) {
    return e.getLocation() == null
        ? ""
        : " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ")";
  }

  private static String place(JsonParser parser) {
    return " (line " + parser.currentTokenLocation().getLineNr() + ")";
  }

  private static Json value(JsonParser parser, JsonToken token) {
    return switch (token) {
      case VALUE_NULL -> Json.Null.NULL;
      case VALUE_TRUE -> new Json.Bool(true);
      case VALUE_FALSE -> new Json.Bool(false);
      case VALUE_STRING -> new Json.Text(text(parser.getString()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getString());
      case START_ARRAY -> array(parser);
      case START_OBJECT -> object(parser);
      default -> throw new JsonException("a value is missing" + place(parser));
    };
  }

  /** Half of a surrogate pair is no character and cannot be said in UTF-8. */
  private static String text(String chars) {
    for (int i = 0; i < chars.length(); i++) {
      if (Character.isSurrogate(chars.charAt(i))) {
        if (!Character.isHighSurrogate(chars.charAt(i))
            || (i + 1 == chars.length())
            || !Character.isLowSurrogate(chars.charAt(i + 1))) {
          throw new JsonException("a string has half of a surrogate pair");
        }
        i++;
      }
    }
    return chars;
  }

  private static Json number(String digits) {
    BigDecimal value;
    try {
      value = new BigDecimal(digits);
    } catch (NumberFormatException e) {
      throw new JsonException("the number " + digits + " is out of range");
    }
    if (value.signum() != 0 && Math.abs((long) value.precision() - value.scale()) > MOST_EXPONENT) {
      throw new JsonException("the number " + digits + " is out of range");
    }
    return new Json.Num(value);
  }

  private static Json array(JsonParser parser) {
    List<Json> items = new ArrayList<>();
    for (JsonToken token = next(parser); token != JsonToken.END_ARRAY; token = next(parser)) {
      items.add(value(parser, token));
    }
    return new Json.Array(items);
  }

  private static Json object(JsonParser parser) {
    Map<String, Json> members = new LinkedHashMap<>();
    for (JsonToken token = next(parser); token != JsonToken.END_OBJECT; token = next(parser)) {
      String name = text(parser.currentName());
      members.put(name, value(parser, next(parser)));
    }
    return new Json.Obj(members);
  }

  private static JsonToken next(JsonParser parser) {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new JsonException("the text ends too soon");
    }
    return token;
  }
}
