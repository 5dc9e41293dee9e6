package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Excerpt;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.Language;
import dev.tsuku.llm.grammar.regex.RegexException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the schemas of a document that its root needs, of drafts 4 to 2020-12. What a keyword means
 * in older drafts holds wherever it cannot be mistaken; where drafts contradict each other, {@code
 * $schema} decides, and without it the newest holds.
 */
final class SchemaReader {

  private static final int MOST_CHARS = 2_000_000;

  /** Twice as many as the largest of real schemas have, and a quarter of a second to compile. */
  private static final int MOST_SCHEMAS = 10_000;

  private static final String GROUNDED = "x-grounded";
  private static final Pattern UNDER = Pattern.compile("under (?<member>\\S+)");
  private static final Pattern WORDS =
      Pattern.compile("words(?<ignoreCase> ignoreCase)?(?: maxWords (?<most>[1-9][0-9]{0,2}))?");

  /** Keywords that change what is valid and that cannot be honoured. */
  private static final Set<String> REFUSED = Set.of("$recursiveRef", "extends", "disallow");

  /** Keywords that are honoured, or that say nothing about which values are valid. */
  private static final Set<String> KNOWN =
      Set.of(
          ("$schema $id id $anchor $dynamicAnchor $ref $dynamicRef $defs definitions $comment"
                  + " $vocabulary type enum const allOf anyOf oneOf not if then else minimum maximum"
                  + " exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format"
                  + " items prefixItems additionalItems unevaluatedItems contains minContains"
                  + " maxContains minItems maxItems uniqueItems properties patternProperties"
                  + " additionalProperties unevaluatedProperties propertyNames required"
                  + " minProperties maxProperties dependencies dependentRequired dependentSchemas"
                  + " title description default examples example readOnly writeOnly deprecated"
                  + " contentEncoding contentMediaType contentSchema x-grounded nullable")
              .split(" "));

  private final List<String> notes = new ArrayList<>();
  private final Map<Place, Schema> read = new HashMap<>();
  private final Deque<Pending> open = new ArrayDeque<>();
  private final Patterns patterns = new Patterns();
  private final References references;
  private final Grounds grounds;

  /** Where a schema stands, and to what its references relate. */
  private record Place(String pointer, String base) {}

  private record Pending(Schema schema, Json json, String base) {}

  private SchemaReader(References references, Grounds grounds) {
    this.references = references;
    this.grounds = grounds;
  }

  /**
   * Reads a document.
   *
   * @throws SchemaException if it is no schema or one that cannot be honoured
   */
  static Schema read(String text, Grounds grounds) {
    if (text.length() > MOST_CHARS) {
      throw new SchemaException(
          "", "", "the schema has " + text.length() + " characters; the most are " + MOST_CHARS);
    }
    try {
      return read(JsonReader.read(text), grounds);
    } catch (JsonException e) {
      throw new SchemaException("", "", "the schema " + e.getMessage());
    }
  }

  /** Reads a document that is JSON already. */
  static Schema read(Json root) {
    return read(root, Grounds.ANY);
  }

  private static Schema read(Json root, Grounds grounds) {
    return new SchemaReader(new References(root), grounds).readFrom(root);
  }

  /** What a document says that has no effect, a sentence each. */
  static List<String> notes(Json root) {
    SchemaReader reader = new SchemaReader(new References(root), Grounds.ANY);
    reader.readFrom(root);
    return List.copyOf(reader.notes);
  }

  private Schema readFrom(Json root) {
    Schema schema = schema(new References.Target(root, "", references.base()));
    while (!open.isEmpty()) {
      Pending pending = open.remove();
      fill(pending.schema(), pending.json(), pending.base());
    }
    return schema;
  }

  private Schema schema(References.Target target) {
    Place place = new Place(target.pointer(), target.base());
    Schema known = read.get(place);
    if (known != null) {
      return known;
    }
    if (read.size() == MOST_SCHEMAS) {
      throw new SchemaException("", "", "it has more than " + MOST_SCHEMAS + " schemas");
    }
    Schema schema = new Schema(read.size(), target.pointer());
    read.put(place, schema);
    open.add(new Pending(schema, target.json(), target.base()));
    return schema;
  }

  private void fill(Schema schema, Json json, String outerBase) {
    switch (json) {
      case Json.Bool bool -> schema.isFalse = !bool.value();
      case Json.Obj object -> {
        String base = references.baseOf(object, outerBase);
        new Keywords(schema, object, base).read();
      }
      default ->
          throw new SchemaException(
              schema.pointer, "", "a schema is an object or a boolean, not " + Excerpt.of(json));
    }
  }

  /** Reads the keywords of one schema. */
  private final class Keywords {

    private final Schema schema;
    private final Json.Obj object;
    private final String base;

    Keywords(Schema schema, Json.Obj object, String base) {
      this.schema = schema;
      this.object = object;
      this.base = base;
    }

    void read() {
      Optional<Json> ref = object.get("$ref");
      if (ref.isPresent()) {
        schema.ref = Optional.of(refer("$ref"));
        if (references.ignoresSiblingsOfRef()) {
          return;
        }
      }
      if (object.get("$dynamicRef").isPresent()) {
        if (schema.ref.isPresent()) {
          throw wrong("$dynamicRef", "$dynamicRef beside $ref is not supported");
        }
        schema.ref = Optional.of(refer("$dynamicRef"));
      }
      for (String keyword : REFUSED) {
        if (object.get(keyword).isPresent()) {
          throw wrong(keyword, keyword + " is not supported");
        }
      }
      noteUnknown();
      readTypes();
      readCombinations();
      readNumbers();
      readStrings();
      readArrays();
      readObjects();
    }

    private SchemaException mustBe(String keyword, String what, Json value) {
      return wrong(keyword, keyword + " must be " + what + ", not " + Excerpt.of(value));
    }

    private SchemaException wrong(String keyword, String problem) {
      return new SchemaException(schema.pointer, keyword, problem);
    }

    private Schema refer(String keyword) {
      String uri = text(keyword).orElseThrow();
      return schema(
          references
              .find(uri, base)
              .orElseThrow(
                  () ->
                      wrong(
                          keyword,
                          keyword + " " + Excerpt.of(uri) + " is nowhere in this schema")));
    }

    private Optional<String> text(String keyword) {
      return object
          .get(keyword)
          .map(
              json -> {
                if (json instanceof Json.Text text) {
                  return text.value();
                }
                throw mustBe(keyword, "a string", json);
              });
    }

    private Optional<BigDecimal> number(String keyword) {
      return object
          .get(keyword)
          .map(
              json -> {
                if (json instanceof Json.Num number) {
                  return number.value();
                }
                throw mustBe(keyword, "a number", json);
              });
    }

    private int count(String keyword, int otherwise) {
      Optional<BigDecimal> number = number(keyword);
      if (number.isEmpty()) {
        return otherwise;
      }
      BigDecimal value = number.get();
      if (value.signum() < 0 || value.scale() > 0) {
        throw mustBe(keyword, "a whole number from 0 on", new Json.Num(value));
      }
      return value.compareTo(BigDecimal.valueOf(Schema.UNBOUNDED)) >= 0
          ? Schema.UNBOUNDED
          : value.intValueExact();
    }

    private boolean isTrue(String keyword) {
      Json json = object.get(keyword).orElse(new Json.Bool(false));
      if (json instanceof Json.Bool bool) {
        return bool.value();
      }
      throw mustBe(keyword, "true or false", json);
    }

    private String pointerTo(String... names) {
      StringBuilder pointer = new StringBuilder(schema.pointer);
      for (String name : names) {
        pointer.append('/').append(name.replace("~", "~0").replace("/", "~1"));
      }
      return pointer.toString();
    }

    private Schema inner(Json json, String... names) {
      return schema(new References.Target(json, pointerTo(names), base));
    }

    private Optional<Schema> inner(String keyword) {
      return object.get(keyword).map(json -> inner(json, keyword));
    }

    private List<Json> list(String keyword) {
      return object
          .get(keyword)
          .map(
              json -> {
                if (json instanceof Json.Array array) {
                  return array.items();
                }
                throw mustBe(keyword, "an array", json);
              })
          .orElse(List.of());
    }

    private List<Schema> schemas(String keyword) {
      List<Schema> all = new ArrayList<>();
      for (Json json : list(keyword)) {
        all.add(inner(json, keyword, Integer.toString(all.size())));
      }
      if (all.isEmpty() && object.get(keyword).isPresent()) {
        throw wrong(keyword, keyword + " is [], which must have at least one schema in it");
      }
      return all;
    }

    private Map<String, Json> members(String keyword) {
      return object
          .get(keyword)
          .map(
              json -> {
                if (json instanceof Json.Obj members) {
                  return members.members();
                }
                throw mustBe(keyword, "an object", json);
              })
          .orElse(Map.of());
    }

    private List<String> names(String keyword, Json json) {
      if (!(json instanceof Json.Array array)) {
        throw mustBe(keyword, "an array of names", json);
      }
      List<String> names = new ArrayList<>();
      for (Json item : array.items()) {
        if (!(item instanceof Json.Text text)) {
          throw mustBe(keyword, "an array of names", json);
        }
        names.add(text.value());
      }
      return names;
    }

    private void noteUnknown() {
      String place = schema.pointer.isEmpty() ? "its root" : schema.pointer;
      for (String keyword : object.members().keySet()) {
        if (!KNOWN.contains(keyword)) {
          notes.add("at " + place + ": the keyword '" + keyword + "' is unknown, and ignored");
        }
      }
      text("format")
          .filter(format -> Formats.find(format).isEmpty())
          .ifPresent(
              format -> notes.add("at " + place + ": the format '" + format + "' is not checked"));
    }

    private void readTypes() {
      Optional<Json> type = object.get("type");
      if (type.isPresent()) {
        schema.types.clear();
        boolean integers = false;
        boolean numbers = false;
        List<Json> names =
            type.get() instanceof Json.Array array ? array.items() : List.of(type.get());
        for (Json name : names) {
          String text = name instanceof Json.Text known ? known.value() : "";
          switch (text) {
            case "null" -> schema.types.add(JsonType.NULL);
            case "boolean" -> schema.types.add(JsonType.BOOLEAN);
            case "integer" -> integers = true;
            case "number" -> numbers = true;
            case "string" -> schema.types.add(JsonType.STRING);
            case "array" -> schema.types.add(JsonType.ARRAY);
            case "object" -> schema.types.add(JsonType.OBJECT);
            default ->
                throw wrong(
                    "type",
                    "type is "
                        + Excerpt.of(name)
                        + ", which is no JSON type; they are null, boolean, integer, number, string,"
                        + " array and object");
          }
        }
        if (isTrue("nullable")) {
          // As OpenAPI 3.0 has it: beside a type.
          schema.types.add(JsonType.NULL);
        }
        if (integers || numbers) {
          schema.types.add(JsonType.NUMBER);
          schema.integersOnly = !numbers;
        }
      }
      if (object.get("enum").isPresent()) {
        schema.values = Optional.of(list("enum"));
      }
      object
          .get("const")
          .ifPresent(
              value -> {
                boolean fits = schema.values.map(values -> values.contains(value)).orElse(true);
                schema.values = Optional.of(fits ? List.of(value) : List.of());
              });
    }

    private void readCombinations() {
      schema.allOf = schemas("allOf");
      schema.anyOf = schemas("anyOf");
      schema.oneOf = schemas("oneOf");
      schema.not = inner("not");
      schema.condition = inner("if");
      if (schema.condition.isPresent()) {
        schema.then = inner("then");
        schema.otherwise = inner("else");
      }
    }

    private void readNumbers() {
      schema.minimum = number("minimum");
      schema.maximum = number("maximum");
      // In draft 4 these say how the others are meant.
      if (object.get("exclusiveMinimum").orElse(Json.Null.NULL) instanceof Json.Bool bool) {
        if (bool.value()) {
          schema.exclusiveMinimum = schema.minimum;
        }
      } else {
        schema.exclusiveMinimum = number("exclusiveMinimum");
      }
      if (object.get("exclusiveMaximum").orElse(Json.Null.NULL) instanceof Json.Bool bool) {
        if (bool.value()) {
          schema.exclusiveMaximum = schema.maximum;
        }
      } else {
        schema.exclusiveMaximum = number("exclusiveMaximum");
      }
      schema.multipleOf = number("multipleOf");
      if (schema.multipleOf.isPresent() && schema.multipleOf.get().signum() <= 0) {
        throw mustBe("multipleOf", "a number above 0", new Json.Num(schema.multipleOf.get()));
      }
    }

    private void readStrings() {
      schema.minLength = count("minLength", 0);
      schema.maxLength = count("maxLength", Schema.UNBOUNDED);
      schema.pattern = text("pattern").map(this::pattern);
      schema.format = text("format").flatMap(Formats::find);
      Optional<String> kind = text(GROUNDED);
      if (kind.isPresent()) {
        Matcher under = UNDER.matcher(kind.get());
        Matcher words = WORDS.matcher(kind.get());
        schema.grounded =
            switch (kind.get()) {
              case "substring" -> grounds.substring();
              case "quoted" -> grounds.quoted();
              case String text when words.matches() ->
                  grounds.words(
                      text,
                      words.group("ignoreCase") != null,
                      words.group("most") == null ? 0 : Integer.parseInt(words.group("most")));
              case String text when under.matches() -> grounds.under(under.group("member"));
              default ->
                  throw mustBe(
                      GROUNDED,
                      "\"substring\", \"words [ignoreCase] [maxWords N]\" with N from 1 to 999,"
                          + " \"quoted\" or \"under MEMBER\"",
                      new Json.Text(kind.get()));
            };
      }
    }

    private Language pattern(String pattern) {
      try {
        return patterns.search(pattern);
      } catch (RegexException e) {
        throw unusable("pattern", pattern, e);
      }
    }

    private Supplier<Dfa> names(String pattern) {
      try {
        Dfa names = patterns.names(pattern);
        return () -> names;
      } catch (RegexException e) {
        throw unusable("patternProperties", pattern, e);
      }
    }

    private SchemaException unusable(String keyword, String pattern, RegexException e) {
      return wrong(
          keyword, "the pattern " + Excerpt.of(pattern) + " cannot be used: " + e.getMessage());
    }

    private void readArrays() {
      Optional<Json> items = object.get("items");
      if (items.isPresent() && items.get() instanceof Json.Array) {
        List<Schema> prefix = new ArrayList<>();
        for (Json item : list("items")) {
          prefix.add(inner(item, "items", Integer.toString(prefix.size())));
        }
        schema.prefixItems = prefix;
        schema.items = inner("additionalItems");
      } else {
        schema.items = inner("items");
        if (object.get("prefixItems").isPresent()) {
          schema.prefixItems = schemas("prefixItems");
        }
      }
      schema.unevaluatedItems = inner("unevaluatedItems");
      schema.minItems = count("minItems", 0);
      schema.maxItems = count("maxItems", Schema.UNBOUNDED);
      schema.uniqueItems = isTrue("uniqueItems");
      schema.contains =
          inner("contains")
              .map(
                  inner ->
                      new Schema.Contains(
                          inner, count("minContains", 1), count("maxContains", Schema.UNBOUNDED)));
    }

    private void readObjects() {
      members("properties")
          .forEach((name, json) -> schema.properties.put(name, inner(json, "properties", name)));
      List<Schema.PatternProperty> patternProperties = new ArrayList<>();
      members("patternProperties")
          .forEach(
              (name, json) ->
                  patternProperties.add(
                      new Schema.PatternProperty(
                          name, names(name), inner(json, "patternProperties", name))));
      schema.patternProperties = patternProperties;
      schema.additionalProperties = inner("additionalProperties");
      schema.unevaluatedProperties = inner("unevaluatedProperties");
      schema.propertyNames = inner("propertyNames");
      object
          .get("required")
          // Draft 3 said it of the property itself.
          .filter(json -> !(json instanceof Json.Bool))
          .ifPresent(json -> schema.required.addAll(names("required", json)));
      schema.minProperties = count("minProperties", 0);
      schema.maxProperties = count("maxProperties", Schema.UNBOUNDED);
      List<Schema.Dependency> dependencies = new ArrayList<>();
      for (String keyword : List.of("dependencies", "dependentRequired", "dependentSchemas")) {
        members(keyword)
            .forEach(
                (name, json) ->
                    dependencies.add(
                        json instanceof Json.Array
                            ? new Schema.Dependency(name, names(keyword, json), Optional.empty())
                            : new Schema.Dependency(
                                name, List.of(), Optional.of(inner(json, keyword, name)))));
      }
      schema.dependencies = dependencies;
    }
  }
}
