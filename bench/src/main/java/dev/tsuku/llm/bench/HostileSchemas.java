package dev.tsuku.llm.bench;

import dev.tsuku.llm.grammar.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Schemas that take exponentially long, or simply long, where they are compiled or followed without
 * limits. Each is drawn, so that no two are the same and nothing is known of one.
 */
final class HostileSchemas {

  private static final int MIB = 1 << 20;

  /** A kind of schema, and one of that kind. */
  record Kind(String name, Function<Random, String> one) {}

  private HostileSchemas() {}

  static List<Kind> all() {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(pattern("nested quantifiers", HostilePatterns::nestedQuantifiers));
    kinds.add(pattern("nested alternatives", HostilePatterns::nestedAlternatives));
    kinds.add(pattern("letter from the end", HostilePatterns::fromTheEnd));
    kinds.add(pattern("nested look-around", HostilePatterns::nestedLooks));
    kinds.add(pattern("many look-aheads", HostilePatterns::manyLooks));
    kinds.add(pattern("long look-behinds", HostilePatterns::longLookBehinds));
    kinds.add(pattern("nested counts", HostilePatterns::nestedCounts));
    kinds.add(pattern("counts between classes", HostilePatterns::countsBetween));
    kinds.add(pattern("unicode classes", HostilePatterns::unicodeClasses));
    kinds.add(pattern("unicode and look-ahead", HostilePatterns::unicodeAndLook));
    kinds.add(pattern("1 MB of pattern", HostilePatterns::longPattern));
    kinds.add(new Kind("many patterns at once", HostileSchemas::manyPatterns));
    kinds.add(new Kind("patterns for names", HostileSchemas::patternsForNames));
    kinds.add(new Kind("not of patterns", HostileSchemas::notOfPatterns));
    kinds.add(new Kind("one of patterns", HostileSchemas::oneOfPatterns));
    kinds.add(
        new Kind("4 MB of schema", random -> "{\"enum\": [\"" + letters(random, 4 * MIB) + "\"]}"));
    kinds.add(new Kind("1 MB of properties", HostileSchemas::properties));
    kinds.add(new Kind("1 MB of enum", HostileSchemas::values));
    kinds.add(new Kind("100 levels", HostileSchemas::levels));
    kinds.add(new Kind("100 levels of choices", HostileSchemas::levelsOfChoices));
    kinds.add(new Kind("product of choices", HostileSchemas::productOfChoices));
    kinds.add(new Kind("70 nots on closed objects", HostileSchemas::rejections));
    kinds.add(new Kind("references to references", HostileSchemas::references));
    kinds.add(new Kind("numbers", HostileSchemas::numbers));
    return List.copyOf(kinds);
  }

  private static Kind pattern(String name, Function<Random, String> one) {
    return new Kind(
        name,
        random ->
            "{\"type\": \"string\", \"pattern\": " + JsonWriter.quote(one.apply(random)) + "}");
  }

  static char letter(Random random) {
    return (char) ('a' + random.nextInt(26));
  }

  static String letters(Random random, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(letter(random));
    }
    return text.toString();
  }

  /** Strings that several patterns have to match. */
  private static String manyPatterns(Random random) {
    return "{\"type\": \"string\", \"allOf\": ["
        + IntStream.range(0, 10 + random.nextInt(20))
            .mapToObj(
                i ->
                    "{\"pattern\": \""
                        + letter(random)
                        + ".{"
                        + random.nextInt(9)
                        + "}"
                        + letter(random)
                        + "\"}")
            .collect(Collectors.joining(", "))
        + "]}";
  }

  private static String patternsForNames(Random random) {
    return "{\"type\": \"object\", \"minProperties\": 1, \"patternProperties\": {"
        + IntStream.range(0, 20 + random.nextInt(30))
            .mapToObj(i -> "\"" + letter(random) + ".*" + i + "\": {\"minimum\": " + i + "}")
            .collect(Collectors.joining(", "))
        + "}, \"additionalProperties\": false}";
  }

  private static String notOfPatterns(Random random) {
    return "{\"type\": \"string\", \"not\": {\"anyOf\": ["
        + IntStream.range(0, 10 + random.nextInt(30))
            .mapToObj(
                i -> "{\"pattern\": \"" + letter(random) + ".*" + letter(random) + "{" + i + "}\"}")
            .collect(Collectors.joining(", "))
        + "]}}";
  }

  private static String oneOfPatterns(Random random) {
    return "{\"oneOf\": ["
        + IntStream.range(0, 10 + random.nextInt(60))
            .mapToObj(
                i ->
                    "{\"type\": \"string\", \"pattern\": \"^"
                        + letter(random)
                        + ".*"
                        + letter(random)
                        + "$\"}")
            .collect(Collectors.joining(", "))
        + "]}";
  }

  private static String properties(Random random) {
    return "{\"type\": \"object\", \"properties\": {"
        + IntStream.range(0, random.nextBoolean() ? 9_900 : 20_000)
            .mapToObj(i -> "\"" + letters(random, 18) + i + "\": {\"type\": \"string\"}")
            .collect(Collectors.joining(", "))
        + "}}";
  }

  private static String values(Random random) {
    return "{\"enum\": ["
        + IntStream.range(0, 70_000)
            .mapToObj(i -> "\"" + letters(random, 10) + "\"")
            .collect(Collectors.joining(","))
        + "]}";
  }

  private static String levels(Random random) {
    int depth = 90 + random.nextInt(10);
    String level =
        "{\"title\": \""
            + letters(random, 8)
            + "\", \"type\": \"array\", \"minItems\": 1, \"items\": ";
    return level.repeat(depth) + "{\"type\": \"null\"}" + "}".repeat(depth);
  }

  private static String levelsOfChoices(Random random) {
    int depth = 50;
    String level = "{\"anyOf\": [{\"minLength\": " + random.nextInt(9999) + "}, {\"maximum\": 7}, ";
    return level.repeat(depth) + "{\"type\": \"null\"}" + "]}".repeat(depth);
  }

  private static String productOfChoices(Random random) {
    return "{\"type\": \"object\", \"allOf\": ["
        + IntStream.range(0, 8 + random.nextInt(20))
            .mapToObj(
                i ->
                    "{\"anyOf\": [{\"required\": [\""
                        + letters(random, 3)
                        + "\"]}, {\"properties\": {\""
                        + letters(random, 3)
                        + "\": {\"type\": \"string\"}}}, {\"maxProperties\": "
                        + i
                        + "}]}")
            .collect(Collectors.joining(", "))
        + "]}";
  }

  private static String rejections(Random random) {
    return "{\"type\": \"object\", \"properties\": {\"v\": {\"allOf\": ["
        + IntStream.range(0, 70)
            .mapToObj(
                i ->
                    "{\"not\": {\"type\": \"object\", \"properties\": {\""
                        + letters(random, 4)
                        + "\": {\"const\": "
                        + i
                        + "}}, \"required\": [\""
                        + letters(random, 3)
                        + "\"], \"additionalProperties\": false}}")
            .collect(Collectors.joining(", "))
        + "]}}, \"required\": [\"v\"], \"additionalProperties\": false}";
  }

  private static String references(Random random) {
    int count = 20;
    String name = letters(random, 5);
    return "{\"$ref\": \"#/$defs/"
        + name
        + "0\", \"$defs\": {"
        + IntStream.range(0, count)
            .mapToObj(
                i -> {
                  String next = "{\"$ref\": \"#/$defs/" + name + (i + 1) % count + "\"}";
                  return "\""
                      + name
                      + i
                      + "\": {\"anyOf\": [{\"items\": "
                      + next
                      + ", \"type\": \"array\"}, {\"type\": \"null\"}, {\"properties\": {\"a\": "
                      + next
                      + "}, \"type\": \"object\", \"additionalProperties\": "
                      + next
                      + "}]}";
                })
            .collect(Collectors.joining(", "))
        + "}}";
  }

  private static String numbers(Random random) {
    return "{\"type\": \"number\", \"allOf\": ["
        + IntStream.range(0, 20 + random.nextInt(40))
            .mapToObj(
                i ->
                    "{\"multipleOf\": "
                        + (1 + random.nextInt(9999)) / 1000.0
                        + ", \"minimum\": 1e"
                        + i
                        + "}")
            .collect(Collectors.joining(", "))
        + "]}";
  }
}
