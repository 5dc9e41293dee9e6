package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.Language;
import dev.tsuku.llm.grammar.regex.RegexException;
import dev.tsuku.llm.grammar.schema.Conjunction.Scope;
import dev.tsuku.llm.grammar.schema.Conjunction.Scoped;
import dev.tsuku.llm.grammar.schema.Conjunction.Step;
import dev.tsuku.llm.grammar.schema.Conjunction.Work;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes the alternatives of a node for values of one type, by taking every decision both ways. */
final class Expansion {

  private static final int MOST_BRANCHES = 4096;
  private static final int MOST_ALTERNATIVES = 512;

  /** Ways to violate a schema of an object or array, beyond which it is watched instead. */
  private static final int MOST_VIOLATIONS = 3;

  private final Node node;
  private final Nodes nodes;
  private final JsonType type;
  private final Set<Alternative> found = new LinkedHashSet<>();
  private int branches;

  Expansion(Node node, JsonType type) {
    this.node = node;
    this.nodes = node.nodes();
    this.type = type;
  }

  List<Alternative> alternatives() {
    Conjunction start = new Conjunction(nodes);
    node.literals().forEach(literal -> start.push(literal, Set.of()));
    try {
      run(start);
    } catch (RegexException e) {
      throw new SchemaException(
          node.pointer(), "pattern", "its patterns together: " + e.getMessage());
    }
    return List.copyOf(found);
  }

  private void run(Conjunction conjunction) {
    if (++branches > MOST_BRANCHES || found.size() > MOST_ALTERNATIVES) {
      throw new SchemaException(
          node.pointer(),
          "",
          "it is too complex: its conditions combine in more than "
              + (branches > MOST_BRANCHES ? MOST_BRANCHES : MOST_ALTERNATIVES)
              + " ways");
    }
    nodes.checkTime(node.pointer());
    while (!conjunction.pending.isEmpty() && !conjunction.isDead) {
      Work work = conjunction.pending.remove();
      if (conjunction.seen.contains(new Work(work.literal().not(), Set.of()))) {
        conjunction.isDead = true;
      } else if (conjunction.seen.add(work)) {
        conjunction.seen.add(new Work(work.literal(), Set.of()));
        if (work.literal().holds()) {
          hold(conjunction, work.literal().schema(), work.scopes());
        } else {
          violate(conjunction, work.literal().schema());
        }
      }
    }
    if (conjunction.isDead) {
      return;
    }
    if (conjunction.choices.isEmpty()) {
      finish(conjunction);
      return;
    }
    for (Step option : conjunction.choices.removeFirst()) {
      Conjunction way = conjunction.copy();
      option.apply(way);
      run(way);
    }
  }

  private static void choose(Conjunction conjunction, List<Step> options) {
    switch (options.size()) {
      case 0 -> conjunction.isDead = true;
      case 1 -> options.getFirst().apply(conjunction);
      default -> conjunction.choices.add(options);
    }
  }

  private void hold(Conjunction conjunction, Schema schema, Set<Scope> outer) {
    if (schema.isFalse || !schema.types.contains(type)) {
      conjunction.isDead = true;
      return;
    }
    Set<Scope> scopes = outer;
    if (schema.unevaluatedItems.isPresent() || schema.unevaluatedProperties.isPresent()) {
      Scope scope = new Scope(schema);
      conjunction.scopes.add(scope);
      scopes = new LinkedHashSet<>(outer);
      scopes.add(scope);
    }
    Set<Scope> inner = scopes;
    schema.values.ifPresent(values -> keepValues(conjunction, values));
    schema.ref.ifPresent(ref -> conjunction.push(Literal.yes(ref), inner));
    schema.allOf.forEach(part -> conjunction.push(Literal.yes(part), inner));
    schema.not.ifPresent(not -> conjunction.push(Literal.no(not), Set.of()));
    if (!schema.anyOf.isEmpty() && schema.anyOf.stream().noneMatch(this::saysNothing)) {
      choose(
          conjunction,
          schema.anyOf.stream()
              .filter(this::isPossible)
              .map(part -> (Step) way -> way.push(Literal.yes(part), inner))
              .toList());
    }
    if (!schema.oneOf.isEmpty()) {
      chooseOne(conjunction, schema.oneOf, inner);
    }
    if (schema.condition.isPresent()) {
      Schema condition = schema.condition.get();
      List<Step> options = new ArrayList<>();
      options.add(
          way -> {
            way.push(Literal.yes(condition), inner);
            schema.then.ifPresent(then -> way.push(Literal.yes(then), inner));
          });
      options.add(
          way -> {
            way.push(Literal.no(condition), Set.of());
            schema.otherwise.ifPresent(otherwise -> way.push(Literal.yes(otherwise), inner));
          });
      choose(conjunction, options);
    }
    switch (type) {
      case NUMBER -> holdNumber(conjunction, schema);
      case STRING -> holdString(conjunction, schema);
      case ARRAY -> holdArray(conjunction, schema, inner);
      case OBJECT -> holdObject(conjunction, schema, inner);
      default -> {
        // Nothing more can be said of these.
      }
    }
  }

  private boolean isPossible(Schema schema) {
    return !schema.isFalse && schema.types.contains(type);
  }

  /** Whether a schema, with certainty, allows all values of the type. */
  private boolean saysNothing(Schema schema) {
    boolean isPlain =
        isPossible(schema)
            && schema.values.isEmpty()
            && schema.ref.isEmpty()
            && schema.allOf.isEmpty()
            && schema.anyOf.isEmpty()
            && schema.oneOf.isEmpty()
            && schema.not.isEmpty()
            && schema.condition.isEmpty()
            && schema.unevaluatedItems.isEmpty()
            && schema.unevaluatedProperties.isEmpty();
    return isPlain
        && switch (type) {
          case NULL, BOOLEAN -> true;
          case NUMBER ->
              !schema.integersOnly
                  && schema.minimum.isEmpty()
                  && schema.maximum.isEmpty()
                  && schema.exclusiveMinimum.isEmpty()
                  && schema.exclusiveMaximum.isEmpty()
                  && schema.multipleOf.isEmpty();
          case STRING ->
              schema.minLength == 0
                  && schema.maxLength == Schema.UNBOUNDED
                  && schema.pattern.isEmpty()
                  && schema.format.isEmpty()
                  && schema.grounded.isEmpty();
          // What their parts evaluate may matter elsewhere.
          case ARRAY ->
              !schema.describesItems()
                  && schema.contains.isEmpty()
                  && schema.minItems == 0
                  && schema.maxItems == Schema.UNBOUNDED
                  && !schema.uniqueItems;
          case OBJECT ->
              !schema.describesMembers()
                  && schema.propertyNames.isEmpty()
                  && schema.required.isEmpty()
                  && schema.dependencies.isEmpty()
                  && schema.minProperties == 0
                  && schema.maxProperties == Schema.UNBOUNDED;
        };
  }

  private void keepValues(Conjunction conjunction, List<Json> values) {
    List<Json> fitting = values.stream().filter(value -> JsonType.of(value) == type).toList();
    switch (type) {
      case NULL -> conjunction.isDead |= fitting.isEmpty();
      case BOOLEAN -> {
        conjunction.mayBeTrue &= fitting.contains(new Json.Bool(true));
        conjunction.mayBeFalse &= fitting.contains(new Json.Bool(false));
      }
      case NUMBER, STRING -> conjunction.keep(fitting);
      case ARRAY, OBJECT ->
          choose(
              conjunction,
              fitting.stream().map(value -> (Step) way -> keepExactly(way, value)).toList());
    }
  }

  /** An array or object that is said in full. */
  private void keepExactly(Conjunction conjunction, Json value) {
    switch (value) {
      case Json.Array array -> {
        List<Literal> items = array.items().stream().map(nodes::constant).toList();
        conjunction.itemParts.add(
            new Scoped<>(new ArrayRule.Part(items, Optional.empty()), Set.of()));
        conjunction.atLeast(items.size());
        conjunction.atMost(items.size());
      }
      case Json.Obj object -> {
        Map<String, Literal> members = new LinkedHashMap<>();
        object.members().forEach((name, member) -> members.put(name, nodes.constant(member)));
        conjunction.memberParts.add(
            new Scoped<>(
                new ObjectRule.Part(
                    members, List.of(), Optional.of(nodes.nothing().literals().getFirst())),
                Set.of()));
        members.keySet().forEach(conjunction::require);
      }
      default -> throw new IllegalStateException("no value with others inside: " + value);
    }
  }

  private void chooseOne(Conjunction conjunction, List<Schema> parts, Set<Scope> scopes) {
    List<Schema> possible = parts.stream().filter(this::isPossible).toList();
    List<Step> options = new ArrayList<>();
    for (Schema part : possible) {
      List<Schema> overlapping =
          possible.stream()
              .filter(other -> other != part && !excludeEachOther(part, other))
              .toList();
      options.add(
          way -> {
            way.push(Literal.yes(part), scopes);
            overlapping.forEach(other -> way.push(Literal.no(other), Set.of()));
          });
    }
    choose(conjunction, options);
  }

  /** Whether no value of the type matches both; false also where that cannot be told. */
  private boolean excludeEachOther(Schema one, Schema other) {
    return nodes.prove(
        () -> nodes.of(List.of(Literal.yes(one), Literal.yes(other))).alternatives(type).isEmpty());
  }

  private static void holdNumber(Conjunction conjunction, Schema schema) {
    conjunction.isInteger |= schema.integersOnly;
    schema.minimum.ifPresent(bound -> conjunction.from(bound, false));
    schema.exclusiveMinimum.ifPresent(bound -> conjunction.from(bound, true));
    schema.maximum.ifPresent(bound -> conjunction.to(bound, false));
    schema.exclusiveMaximum.ifPresent(bound -> conjunction.to(bound, true));
    schema.multipleOf.ifPresent(conjunction::multipleOf);
  }

  private static void holdString(Conjunction conjunction, Schema schema) {
    conjunction.atLeast(schema.minLength);
    conjunction.atMost(schema.maxLength);
    schema.pattern.ifPresent(conjunction::keep);
    schema.format.ifPresent(conjunction::keep);
    schema.grounded.ifPresent(
        grounded -> {
          conjunction.keep(texts(conjunction, schema, grounded));
          conjunction.groundedAt = Optional.of(schema.pointer);
        });
    if (conjunction.texts.isEmpty()) {
      conjunction.groundedAt.ifPresent(conjunction.nodes::groundless);
    }
  }

  private static Dfa texts(Conjunction conjunction, Schema schema, Grounds.Rule grounded) {
    return grounded.texts(schema.pointer, () -> conjunction.nodes.checkTime(schema.pointer));
  }

  private void holdArray(Conjunction conjunction, Schema schema, Set<Scope> scopes) {
    conjunction.atLeast(schema.minItems);
    conjunction.atMost(schema.maxItems);
    conjunction.isUnique |= schema.uniqueItems;
    if (schema.describesItems()) {
      conjunction.itemParts.add(
          new Scoped<>(
              new ArrayRule.Part(
                  schema.prefixItems.stream().map(Literal::yes).toList(),
                  schema.items.map(Literal::yes)),
              scopes));
    }
    if (schema.contains.isPresent()) {
      if (!scopes.isEmpty()) {
        throw unsupported(schema, "unevaluatedItems", "unevaluatedItems beside contains");
      }
      Schema.Contains contains = schema.contains.get();
      if (contains.least() > contains.most()) {
        conjunction.isDead = true;
      }
      conjunction.contained.add(
          new ArrayRule.Contained(
              nodes.of(List.of(Literal.yes(contains.schema()))),
              contains.least(),
              contains.most()));
      conjunction.atLeast(contains.least());
      conjunction.isDead |=
          contains.least() > 0 && conjunction.contained.getLast().node().isEmpty();
    }
  }

  private static SchemaException unsupported(Schema schema, String keyword, String what) {
    return new SchemaException(schema.pointer, keyword, what + " is not supported");
  }

  private void holdObject(Conjunction conjunction, Schema schema, Set<Scope> scopes) {
    conjunction.atLeast(schema.minProperties);
    conjunction.atMost(schema.maxProperties);
    schema.required.forEach(conjunction::require);
    schema.propertyNames.ifPresent(names -> conjunction.names.add(Literal.yes(names)));
    if (schema.describesMembers()) {
      Map<String, Literal> named = new LinkedHashMap<>();
      schema.properties.forEach((name, inner) -> named.put(name, Literal.yes(inner)));
      conjunction.memberParts.add(
          new Scoped<>(
              new ObjectRule.Part(
                  named,
                  schema.patternProperties.stream()
                      .map(
                          pattern ->
                              new ObjectRule.Matching(
                                  pattern.names(), Literal.yes(pattern.schema())))
                      .toList(),
                  schema.additionalProperties.map(Literal::yes)),
              scopes));
    }
    for (Schema.Dependency dependency : schema.dependencies) {
      List<Step> options = new ArrayList<>();
      options.add(
          way -> {
            way.require(dependency.property());
            dependency.required().forEach(way::require);
            dependency.schema().ifPresent(inner -> way.push(Literal.yes(inner), scopes));
          });
      options.add(way -> way.forbid(dependency.property()));
      choose(conjunction, options);
    }
  }

  /** Adds that a value does not match a schema. */
  private void violate(Conjunction conjunction, Schema schema) {
    if (!isPossible(schema)) {
      return;
    }
    if (schema.unevaluatedItems.isPresent() || schema.unevaluatedProperties.isPresent()) {
      throw unsupported(schema, "unevaluatedProperties", "unevaluated… where it must not match");
    }
    List<Step> options = new ArrayList<>();
    if (schema.values.isPresent() && !violateValues(schema.values.get(), options)) {
      return;
    }
    schema.ref.ifPresent(ref -> options.add(way -> way.push(Literal.no(ref), Set.of())));
    schema.allOf.forEach(part -> options.add(way -> way.push(Literal.no(part), Set.of())));
    if (!schema.anyOf.isEmpty()) {
      options.add(way -> schema.anyOf.forEach(part -> way.push(Literal.no(part), Set.of())));
    }
    schema.not.ifPresent(not -> options.add(way -> way.push(Literal.yes(not), Set.of())));
    schema.condition.ifPresent(
        condition -> {
          schema.then.ifPresent(
              then ->
                  options.add(
                      way -> {
                        way.push(Literal.yes(condition), Set.of());
                        way.push(Literal.no(then), Set.of());
                      }));
          schema.otherwise.ifPresent(
              otherwise ->
                  options.add(
                      way -> {
                        way.push(Literal.no(condition), Set.of());
                        way.push(Literal.no(otherwise), Set.of());
                      }));
        });
    boolean isWatched = !schema.oneOf.isEmpty();
    switch (type) {
      case NUMBER -> violateNumber(schema, options);
      case STRING -> violateString(schema, options);
      case ARRAY -> isWatched |= violateArray(schema, options);
      case OBJECT -> isWatched |= violateObject(schema, options);
      default -> {
        // Nothing more can be violated.
      }
    }
    boolean hasInside = type == JsonType.ARRAY || type == JsonType.OBJECT;
    if (isWatched || (hasInside && options.size() > MOST_VIOLATIONS)) {
      conjunction.rejects.add(nodes.of(List.of(Literal.yes(schema))));
    } else {
      choose(conjunction, options);
    }
  }

  /** False if nothing more is to be done, because no value of the type is among the values. */
  private boolean violateValues(List<Json> values, List<Step> options) {
    List<Json> fitting = values.stream().filter(value -> JsonType.of(value) == type).toList();
    if (fitting.isEmpty()) {
      return false;
    }
    switch (type) {
      case NULL -> {
        // There is no other.
      }
      case BOOLEAN ->
          options.add(
              way -> {
                way.mayBeTrue &= !fitting.contains(new Json.Bool(true));
                way.mayBeFalse &= !fitting.contains(new Json.Bool(false));
              });
      case NUMBER, STRING -> options.add(way -> way.others.addAll(fitting));
      case ARRAY, OBJECT ->
          options.add(
              way ->
                  fitting.forEach(
                      value -> way.rejects.add(nodes.of(List.of(nodes.constant(value))))));
    }
    return true;
  }

  private static void violateNumber(Schema schema, List<Step> options) {
    if (schema.integersOnly) {
      options.add(way -> way.isFraction = true);
    }
    schema.minimum.ifPresent(bound -> options.add(way -> way.to(bound, true)));
    schema.exclusiveMinimum.ifPresent(bound -> options.add(way -> way.to(bound, false)));
    schema.maximum.ifPresent(bound -> options.add(way -> way.from(bound, true)));
    schema.exclusiveMaximum.ifPresent(bound -> options.add(way -> way.from(bound, false)));
    schema.multipleOf.ifPresent(step -> options.add(way -> way.otherSteps.add(step)));
  }

  private static void violateLength(int least, int most, List<Step> options) {
    if (least > 0) {
      options.add(way -> way.atMost(least - 1));
    }
    if (most != Schema.UNBOUNDED) {
      options.add(way -> way.atLeast(most + 1));
    }
  }

  private static void violateLanguage(Language language, List<Step> options) {
    violateLength(language.least(), language.most(), options);
    options.add(way -> way.drop(language.texts()));
  }

  private static void violateString(Schema schema, List<Step> options) {
    violateLength(schema.minLength, schema.maxLength, options);
    schema.pattern.ifPresent(pattern -> violateLanguage(pattern, options));
    schema.format.ifPresent(format -> violateLanguage(format, options));
    schema.grounded.ifPresent(
        grounded -> options.add(way -> way.drop(texts(way, schema, grounded))));
  }

  /** True if there are other ways to violate it than those listed. */
  private static boolean violateArray(Schema schema, List<Step> options) {
    if (schema.minItems > 0) {
      options.add(way -> way.atMost(schema.minItems - 1));
    }
    if (schema.maxItems != Schema.UNBOUNDED) {
      options.add(way -> way.atLeast(schema.maxItems + 1));
    }
    return schema.describesItems() || schema.contains.isPresent() || schema.uniqueItems;
  }

  /** True if there are other ways to violate it than those listed. */
  private static boolean violateObject(Schema schema, List<Step> options) {
    if (schema.minProperties > 0) {
      options.add(way -> way.atMost(schema.minProperties - 1));
    }
    if (schema.maxProperties != Schema.UNBOUNDED) {
      options.add(way -> way.atLeast(schema.maxProperties + 1));
    }
    schema.required.forEach(name -> options.add(way -> way.forbid(name)));
    schema.properties.forEach(
        (name, inner) ->
            options.add(
                way -> {
                  way.require(name);
                  way.member(name, Literal.no(inner));
                }));
    return !schema.patternProperties.isEmpty()
        || schema.additionalProperties.isPresent()
        || schema.propertyNames.isPresent()
        || !schema.dependencies.isEmpty();
  }

  private void finish(Conjunction conjunction) {
    switch (type) {
      case NULL -> add(conjunction, new Rule.Null());
      case BOOLEAN -> {
        if (conjunction.mayBeTrue || conjunction.mayBeFalse) {
          add(conjunction, new Rule.Bool(conjunction.mayBeTrue, conjunction.mayBeFalse));
        }
      }
      case NUMBER -> finishNumber(conjunction);
      case STRING -> finishString(conjunction);
      case ARRAY -> finishArray(conjunction);
      case OBJECT -> finishObject(conjunction);
    }
  }

  private void add(Conjunction conjunction, Rule rule) {
    found.add(new Alternative(rule, List.copyOf(conjunction.rejects)));
  }

  private static Set<BigDecimal> numbers(Set<Json> values) {
    return values.stream()
        .filter(Json.Num.class::isInstance)
        .map(value -> ((Json.Num) value).value())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static List<String> texts(Set<Json> values) {
    return values.stream()
        .filter(Json.Text.class::isInstance)
        .map(value -> ((Json.Text) value).value())
        .toList();
  }

  private void finishNumber(Conjunction conjunction) {
    NumberRule rule =
        new NumberRule(
            conjunction.isInteger,
            conjunction.isFraction,
            conjunction.least,
            conjunction.isAboveLeast,
            conjunction.most,
            conjunction.isBelowMost,
            conjunction.step,
            Set.copyOf(conjunction.otherSteps),
            conjunction.values.map(Expansion::numbers),
            numbers(conjunction.others));
    if (!rule.isEmpty()) {
      add(conjunction, rule);
    }
  }

  private Dfa enumerated(List<String> words) {
    try {
      return Dfa.words(words);
    } catch (RegexException e) {
      throw new SchemaException(
          node.pointer(), "enum", "enum or const has too much text: " + e.getMessage());
    }
  }

  private void finishString(Conjunction conjunction) {
    Dfa texts = conjunction.texts;
    if (conjunction.values.isPresent()) {
      List<String> words = new ArrayList<>(texts(conjunction.values.get()));
      words.removeAll(texts(conjunction.others));
      Dfa patterns = texts;
      words.removeIf(
          word -> {
            int chars = word.codePointCount(0, word.length());
            return chars < conjunction.fewest
                || chars > conjunction.greatest
                || !patterns.matches(word.getBytes(java.nio.charset.StandardCharsets.UTF_8));
          });
      texts = enumerated(words);
      conjunction.fewest = 0;
      conjunction.greatest = Schema.UNBOUNDED;
    } else if (!conjunction.others.isEmpty()) {
      texts = texts.minus(enumerated(texts(conjunction.others)));
    }
    StringRule rule = new StringRule(texts, conjunction.fewest, conjunction.greatest);
    if (!rule.isEmpty()) {
      add(conjunction, rule);
    } else {
      conjunction.groundedAt.ifPresent(nodes::groundless);
    }
  }

  private void finishArray(Conjunction conjunction) {
    List<ArrayRule.Part> parts = new ArrayList<>();
    conjunction.itemParts.forEach(scoped -> parts.add(scoped.part()));
    for (Scope scope : conjunction.scopes) {
      if (scope.owner().unevaluatedItems.isPresent()) {
        List<ArrayRule.Part> evaluated =
            conjunction.itemParts.stream()
                .filter(scoped -> scoped.scopes().contains(scope))
                .map(Scoped::part)
                .toList();
        if (evaluated.stream().noneMatch(part -> part.rest().isPresent())) {
          int known = evaluated.stream().mapToInt(part -> part.first().size()).max().orElse(0);
          Literal any = Literal.yes(new Schema(Integer.MAX_VALUE, ""));
          parts.add(
              new ArrayRule.Part(
                  java.util.Collections.nCopies(known, any),
                  scope.owner().unevaluatedItems.map(Literal::yes)));
        }
      }
    }
    int greatest = conjunction.greatest;
    ArrayRule rule =
        new ArrayRule(
            nodes,
            parts,
            conjunction.fewest,
            greatest,
            conjunction.isUnique,
            conjunction.contained);
    add(conjunction, rule);
  }

  private void finishObject(Conjunction conjunction) {
    List<ObjectRule.Part> parts = new ArrayList<>();
    conjunction.memberParts.forEach(scoped -> parts.add(scoped.part()));
    for (Scope scope : conjunction.scopes) {
      if (scope.owner().unevaluatedProperties.isPresent()) {
        List<ObjectRule.Part> evaluated =
            conjunction.memberParts.stream()
                .filter(scoped -> scoped.scopes().contains(scope))
                .map(Scoped::part)
                .toList();
        if (evaluated.stream().noneMatch(part -> part.rest().isPresent())) {
          Literal any = Literal.yes(new Schema(Integer.MAX_VALUE, ""));
          Map<String, Literal> named = new LinkedHashMap<>();
          List<ObjectRule.Matching> matching = new ArrayList<>();
          for (ObjectRule.Part part : evaluated) {
            part.named().keySet().forEach(name -> named.put(name, any));
            part.matching()
                .forEach(pattern -> matching.add(new ObjectRule.Matching(pattern.names(), any)));
          }
          parts.add(
              new ObjectRule.Part(
                  named, matching, scope.owner().unevaluatedProperties.map(Literal::yes)));
        }
      }
    }
    add(
        conjunction,
        new ObjectRule(
            nodes,
            parts,
            conjunction.members,
            conjunction.required,
            conjunction.forbidden,
            conjunction.fewest,
            conjunction.greatest,
            conjunction.names.isEmpty()
                ? Optional.empty()
                : Optional.of(nodes.of(conjunction.names))));
  }
}
