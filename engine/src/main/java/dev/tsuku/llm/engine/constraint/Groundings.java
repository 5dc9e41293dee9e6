package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.json.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which arguments of which tools are grounded strings although no schema says so: a model's file
 * declares them, since the model answers best with them. Immutable.
 */
public final class Groundings {

  /** The key in a model's metadata; {@link #read} describes its value. */
  public static final String KEY = "tsuku_llm.grounded";

  /** Only what the schemas themselves ground. */
  public static final Groundings NONE = new Groundings(List.of());

  private static final String KEYWORD = "x-grounded";
  private static final Pattern LINE =
      Pattern.compile(
          "(?<tool>\\S+) +/(?<path>\\S+) +(?<kind>substring|quoted|under \\S+"
              + "|words(?: ignoreCase)?(?: maxWords [1-9][0-9]{0,2})?)");
  private static final String EACH_ITEM = "*";
  private static final String SUBSTRING = "substring";

  private final List<Place> places;

  /**
   * A string in a tool's arguments.
   *
   * @param path the names of the properties that lead to it, {@code *} for each item of an array
   * @param kind the value of the keyword
   */
  private record Place(String tool, List<String> path, String kind) {

    boolean isOfWords() {
      return kind.startsWith("words");
    }

    Place ofSubstring() {
      return new Place(tool, path, SUBSTRING);
    }
  }

  private Groundings(List<Place> places) {
    this.places = List.copyOf(places);
  }

  /**
   * Reads the metadata's value.
   *
   * @param lines each has a tool, the path of a string in its arguments, and what {@code
   *     x-grounded} would be there, such as {@code call /name quoted}; other lines are ignored,
   *     since a later version may define them
   */
  public static Groundings read(String lines) {
    List<Place> places = new ArrayList<>();
    for (String line : lines.lines().toList()) {
      Matcher words = LINE.matcher(line.strip());
      if (words.matches()) {
        List<String> path = List.of(words.group("path").split("/", -1));
        places.add(new Place(words.group("tool"), path, words.group("kind")));
      }
    }
    return places.isEmpty() ? NONE : new Groundings(places);
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return places.isEmpty();
  }

  /** Those of a tool. */
  Groundings of(String tool) {
    return new Groundings(places.stream().filter(place -> place.tool().equals(tool)).toList());
  }

  /** The same for messages that are too long for whole words: any part of them instead. */
  Groundings withoutWords() {
    return new Groundings(
        places.stream().map(place -> place.isOfWords() ? place.ofSubstring() : place).toList());
  }

  /** Whether one is for whole words. */
  boolean hasWords() {
    return places.stream().anyMatch(Place::isOfWords);
  }

  /** Each by itself. */
  List<Groundings> each() {
    return places.stream().map(place -> new Groundings(List.of(place))).toList();
  }

  /**
   * A tool's schema with the keyword added where it is missing.
   *
   * @param schema as the request has it; returned unchanged if there is nothing to add
   */
  String applied(String tool, String schema) {
    if (places.stream().noneMatch(place -> place.tool().equals(tool))) {
      return schema;
    }
    Json json;
    try {
      json = JsonReader.read(schema);
    } catch (JsonException e) {
      return schema;
    }
    Json grounded = json;
    for (Place place : places) {
      if (place.tool().equals(tool)) {
        grounded = applied(grounded, place.path(), place.kind());
      }
    }
    return grounded.equals(json) ? schema : JsonWriter.compact(grounded);
  }

  private static Json applied(Json schema, List<String> path, String kind) {
    if (!(schema instanceof Json.Obj object)) {
      return schema;
    }
    if (path.isEmpty()) {
      boolean isOpen = object.get("type").equals(Optional.of(new Json.Text("string")));
      return isOpen && object.get(KEYWORD).isEmpty()
          ? with(object, KEYWORD, new Json.Text(kind))
          : schema;
    }
    String first = path.getFirst();
    List<String> rest = path.subList(1, path.size());
    if (first.equals(EACH_ITEM)) {
      return object
          .get("items")
          .<Json>map(items -> with(object, "items", applied(items, rest, kind)))
          .orElse(schema);
    }
    if (!(object.get("properties").orElse(Json.Null.NULL) instanceof Json.Obj properties)) {
      return schema;
    }
    return properties
        .get(first)
        .map(member -> with(properties, first, applied(member, rest, kind)))
        .<Json>map(members -> with(object, "properties", members))
        .orElse(schema);
  }

  private static Json.Obj with(Json.Obj object, String name, Json value) {
    Map<String, Json> members = new LinkedHashMap<>(object.members());
    members.put(name, value);
    return new Json.Obj(members);
  }
}
