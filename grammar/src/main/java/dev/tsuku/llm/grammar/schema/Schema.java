package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.Language;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One schema of a document, its keywords read. Filled by {@link SchemaReader}, not changed
 * afterwards. Two are equal only if they are the same.
 */
final class Schema {

  /** No bound on a count. */
  static final int UNBOUNDED = Integer.MAX_VALUE;

  /** A pattern, compiled when it is first needed, and the schema of what matches it. */
  record PatternProperty(String pattern, Supplier<Dfa> names, Schema schema) {}

  /** How often items have to match a schema. */
  record Contains(Schema schema, int least, int most) {}

  /** Properties that another one asks for, and the schema that it applies. */
  record Dependency(String property, List<String> required, Optional<Schema> schema) {}

  final int number;
  final String pointer;

  /** Whether it is the schema {@code false}. */
  boolean isFalse;

  final EnumSet<JsonType> types = EnumSet.allOf(JsonType.class);

  /** Whether of numbers only whole ones are meant. */
  boolean integersOnly;

  Optional<List<Json>> values = Optional.empty();
  Optional<Schema> ref = Optional.empty();
  List<Schema> allOf = List.of();
  List<Schema> anyOf = List.of();
  List<Schema> oneOf = List.of();
  Optional<Schema> not = Optional.empty();
  Optional<Schema> condition = Optional.empty();
  Optional<Schema> then = Optional.empty();
  Optional<Schema> otherwise = Optional.empty();

  Optional<BigDecimal> minimum = Optional.empty();
  Optional<BigDecimal> maximum = Optional.empty();
  Optional<BigDecimal> exclusiveMinimum = Optional.empty();
  Optional<BigDecimal> exclusiveMaximum = Optional.empty();
  Optional<BigDecimal> multipleOf = Optional.empty();

  int minLength;
  int maxLength = UNBOUNDED;
  Optional<Language> pattern = Optional.empty();
  Optional<Language> format = Optional.empty();

  /** What of the request's messages a string may be. */
  Optional<Grounds.Rule> grounded = Optional.empty();

  List<Schema> prefixItems = List.of();
  Optional<Schema> items = Optional.empty();
  Optional<Schema> unevaluatedItems = Optional.empty();
  Optional<Contains> contains = Optional.empty();
  int minItems;
  int maxItems = UNBOUNDED;
  boolean uniqueItems;

  final Map<String, Schema> properties = new LinkedHashMap<>();
  List<PatternProperty> patternProperties = List.of();
  Optional<Schema> additionalProperties = Optional.empty();
  Optional<Schema> unevaluatedProperties = Optional.empty();
  Optional<Schema> propertyNames = Optional.empty();
  final Set<String> required = new LinkedHashSet<>();
  List<Dependency> dependencies = List.of();
  int minProperties;
  int maxProperties = UNBOUNDED;

  Schema(int number, String pointer) {
    this.number = number;
    this.pointer = pointer;
  }

  /** Whether it says anything about which keys an object has and what their values are. */
  boolean describesMembers() {
    return !properties.isEmpty()
        || !patternProperties.isEmpty()
        || additionalProperties.isPresent();
  }

  /** Whether it says anything about an array's items. */
  boolean describesItems() {
    return !prefixItems.isEmpty() || items.isPresent();
  }

  @Override
  public String toString() {
    return pointer;
  }
}
