package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.Language;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An alternative on its way: what is known of it, and what is left to decide. Mutable. */
final class Conjunction {

  /** Of the schemas in it, which the keywords {@code unevaluated…} of another one look at. */
  record Scope(Schema owner) {}

  /** A condition, and the scopes that it stands in. */
  record Work(Literal literal, Set<Scope> scopes) {}

  /** What an option of a choice does. */
  @FunctionalInterface
  interface Step {
    void apply(Conjunction conjunction);
  }

  /** A part of an object's or array's description, and the scopes that it stands in. */
  record Scoped<P>(P part, Set<Scope> scopes) {}

  final Nodes nodes;
  final Deque<Work> pending;
  final Set<Work> seen;
  final Deque<List<Step>> choices;
  final Set<Node> rejects;
  final Set<Scope> scopes;
  boolean isDead;

  boolean mayBeTrue = true;
  boolean mayBeFalse = true;

  Optional<Set<Json>> values = Optional.empty();
  final Set<Json> others;

  boolean isInteger;
  boolean isFraction;
  Optional<BigDecimal> least = Optional.empty();
  boolean isAboveLeast;
  Optional<BigDecimal> most = Optional.empty();
  boolean isBelowMost;
  Optional<BigDecimal> step = Optional.empty();
  final Set<BigDecimal> otherSteps;

  Dfa texts = Dfa.ANY;

  /** Where it is said that a string must occur in the messages. */
  Optional<String> groundedAt = Optional.empty();

  /** Characters, items or members. */
  int fewest;

  int greatest = Schema.UNBOUNDED;

  final List<Scoped<ArrayRule.Part>> itemParts;
  boolean isUnique;
  final List<ArrayRule.Contained> contained;

  final List<Scoped<ObjectRule.Part>> memberParts;
  final Map<String, Set<Literal>> members;
  final Set<String> required;
  final Set<String> forbidden;
  final Set<Literal> names;

  Conjunction(Nodes nodes) {
    this.nodes = nodes;
    this.pending = new ArrayDeque<>();
    this.seen = new HashSet<>();
    this.choices = new ArrayDeque<>();
    this.rejects = new LinkedHashSet<>();
    this.scopes = new LinkedHashSet<>();
    this.others = new LinkedHashSet<>();
    this.otherSteps = new LinkedHashSet<>();
    this.itemParts = new ArrayList<>();
    this.contained = new ArrayList<>();
    this.memberParts = new ArrayList<>();
    this.members = new LinkedHashMap<>();
    this.required = new LinkedHashSet<>();
    this.forbidden = new LinkedHashSet<>();
    this.names = new LinkedHashSet<>();
  }

  /** The same, to go on with in another way. */
  Conjunction copy() {
    Conjunction copy = new Conjunction(nodes);
    copy.pending.addAll(pending);
    copy.seen.addAll(seen);
    copy.choices.addAll(choices);
    copy.rejects.addAll(rejects);
    copy.scopes.addAll(scopes);
    copy.isDead = isDead;
    copy.mayBeTrue = mayBeTrue;
    copy.mayBeFalse = mayBeFalse;
    copy.values = values;
    copy.others.addAll(others);
    copy.isInteger = isInteger;
    copy.isFraction = isFraction;
    copy.least = least;
    copy.isAboveLeast = isAboveLeast;
    copy.most = most;
    copy.isBelowMost = isBelowMost;
    copy.step = step;
    copy.otherSteps.addAll(otherSteps);
    copy.texts = texts;
    copy.groundedAt = groundedAt;
    copy.fewest = fewest;
    copy.greatest = greatest;
    copy.itemParts.addAll(itemParts);
    copy.isUnique = isUnique;
    copy.contained.addAll(contained);
    copy.memberParts.addAll(memberParts);
    members.forEach((name, literals) -> copy.members.put(name, new LinkedHashSet<>(literals)));
    copy.required.addAll(required);
    copy.forbidden.addAll(forbidden);
    copy.names.addAll(names);
    return copy;
  }

  void push(Literal literal, Set<Scope> inScopes) {
    pending.add(new Work(literal, inScopes));
  }

  void keep(List<Json> allowed) {
    Set<Json> kept = new LinkedHashSet<>(allowed);
    values.ifPresent(kept::retainAll);
    values = Optional.of(kept);
    isDead |= kept.isEmpty();
  }

  void keep(Dfa more) {
    if (texts == Dfa.ANY) {
      texts = more;
    } else if (texts != more) {
      texts = texts.and(more);
      nodes.spend(texts.weight());
    }
    isDead |= texts.isEmpty();
  }

  void keep(Language more) {
    keep(more.texts());
    atLeast(more.least());
    atMost(more.most());
  }

  void drop(Dfa others) {
    texts = texts.minus(others);
    nodes.spend(texts.weight());
    isDead |= texts.isEmpty();
  }

  void atLeast(int count) {
    fewest = Math.max(fewest, count);
    isDead |= fewest > greatest;
  }

  void atMost(int count) {
    greatest = Math.min(greatest, count);
    isDead |= fewest > greatest;
  }

  void from(BigDecimal bound, boolean isOut) {
    int order = least.map(bound::compareTo).orElse(1);
    isAboveLeast = order == 0 ? isAboveLeast || isOut : order > 0 ? isOut : isAboveLeast;
    least = order > 0 ? Optional.of(bound) : least;
  }

  void to(BigDecimal bound, boolean isOut) {
    int order = most.map(bound::compareTo).orElse(-1);
    isBelowMost = order == 0 ? isBelowMost || isOut : order < 0 ? isOut : isBelowMost;
    most = order < 0 ? Optional.of(bound) : most;
  }

  void multipleOf(BigDecimal other) {
    step = Optional.of(step.map(mine -> NumberRule.leastCommon(mine, other)).orElse(other));
  }

  void require(String name) {
    required.add(name);
    isDead |= forbidden.contains(name);
  }

  void forbid(String name) {
    forbidden.add(name);
    isDead |= required.contains(name);
  }

  void member(String name, Literal literal) {
    members.computeIfAbsent(name, key -> new LinkedHashSet<>()).add(literal);
  }
}
