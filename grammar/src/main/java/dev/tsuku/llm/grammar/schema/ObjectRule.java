package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.regex.Dfa;
import dev.tsuku.llm.grammar.regex.RegexException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Conditions on an object. */
public final class ObjectRule implements Rule {

  /** What the names that match a pattern stand for. */
  record Matching(Supplier<Dfa> names, Literal value) {

    /** Builds the automaton now; that may fail. */
    void build() {
      Objects.requireNonNull(names.get());
    }
  }

  /**
   * What a schema says of members.
   *
   * @param rest of all members that neither {@code named} nor {@code matching} speak of
   */
  record Part(Map<String, Literal> named, List<Matching> matching, Optional<Literal> rest) {

    void collect(String name, byte[] bytes, List<Literal> literals) {
      Literal own = named.get(name);
      boolean isKnown = own != null;
      if (own != null) {
        literals.add(own);
      }
      for (Matching pattern : matching) {
        if (pattern.names().get().matches(bytes)) {
          literals.add(pattern.value());
          isKnown = true;
        }
      }
      if (!isKnown) {
        rest.ifPresent(literals::add);
      }
    }
  }

  private final Nodes nodes;
  private final List<Part> parts;
  private final Map<String, Set<Literal>> extra;
  private final Set<String> required;
  private final Set<String> forbidden;
  private final int least;
  private final int most;
  private final Optional<Node> nameNode;
  private final Map<String, Node> members = new HashMap<>();
  private @Nullable Dfa free;

  ObjectRule(
      Nodes nodes,
      List<Part> parts,
      Map<String, Set<Literal>> extra,
      Set<String> required,
      Set<String> forbidden,
      int least,
      int most,
      Optional<Node> nameNode) {
    this.nodes = nodes;
    this.parts = List.copyOf(parts);
    this.extra = Map.copyOf(extra);
    this.required = required;
    this.forbidden = forbidden;
    this.least = least;
    this.most = most;
    this.nameNode = nameNode;
  }

  /** The names that must be there. */
  public Set<String> required() {
    return required;
  }

  /** How many members there have to be. */
  public int least() {
    return least;
  }

  /** How many there may be, or {@link Integer#MAX_VALUE}. */
  public int most() {
    return most;
  }

  /** All names that it speaks of, in the order in which they are to come. */
  public Set<String> order() {
    Set<String> names = new LinkedHashSet<>();
    parts.forEach(part -> names.addAll(part.named().keySet()));
    names.addAll(required);
    names.addAll(extra.keySet());
    names.removeAll(forbidden);
    return names;
  }

  /** What the member of a name has to obey; an empty node if there must be none. */
  public Node member(String name) {
    Node known = members.get(name);
    if (known == null) {
      known = find(name);
      members.put(name, known);
    }
    return known;
  }

  private Node find(String name) {
    if (forbidden.contains(name)
        || (nameNode.isPresent() && !nameNode.get().accepts(new Json.Text(name)))) {
      return nodes.nothing();
    }
    List<Literal> literals = new ArrayList<>(extra.getOrDefault(name, Set.of()));
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    parts.forEach(part -> part.collect(name, bytes, literals));
    return nodes.of(literals);
  }

  /** Names that may be made up: a superset of them, empty only if there are none. */
  public Dfa freeNames() {
    Dfa known = free;
    if (known == null) {
      known = freeNamesOrNone();
      free = known;
    }
    return known;
  }

  /** Builds the automata of its names, which may turn out to be too complex. */
  void buildNames() {
    parts.forEach(part -> part.matching().forEach(Matching::build));
    freeNames();
  }

  /** What members obey whose names only one pattern matches, and those that none does. */
  public List<Node> otherMembers() {
    List<Node> nodesOfOthers = new ArrayList<>();
    nodesOfOthers.add(rest());
    for (Part part : parts) {
      part.matching().forEach(pattern -> nodesOfOthers.add(nodes.of(List.of(pattern.value()))));
    }
    return nodesOfOthers;
  }

  private Dfa freeNamesOrNone() {
    try {
      return computeFreeNames();
    } catch (RegexException e) {
      if (nodes.isCompiled()) {
        return Dfa.words(List.of());
      }
      throw e;
    }
  }

  private Dfa computeFreeNames() {
    Dfa names = Dfa.ANY;
    for (Part part : parts) {
      if (part.rest().isPresent() && nodes.of(List.of(part.rest().get())).isEmpty()) {
        Dfa others = Dfa.ANY;
        for (Matching pattern : part.matching()) {
          if (!nodes.of(List.of(pattern.value())).isEmpty()) {
            others = others.minus(pattern.names().get());
          }
        }
        names = both(names, others == Dfa.ANY ? Dfa.words(List.of()) : Dfa.ANY.minus(others));
      } else {
        for (Matching pattern : part.matching()) {
          if (nodes.of(List.of(pattern.value())).isEmpty()) {
            names = names.minus(pattern.names().get());
          }
        }
      }
    }
    if (nameNode.isPresent()) {
      Dfa allowed = Dfa.words(List.of());
      for (Alternative alternative : nameNode.get().alternatives(JsonType.STRING)) {
        if (alternative.rule() instanceof StringRule rule) {
          allowed = Dfa.ANY.minus(Dfa.ANY.minus(allowed).minus(rule.texts()));
        }
      }
      names = both(names, allowed);
    }
    return rest().isEmpty() && !hasPatterns() ? Dfa.words(List.of()) : names;
  }

  /** What members obey of which nothing special is said. */
  public Node rest() {
    return nodes.of(parts.stream().flatMap(part -> part.rest().stream()).toList());
  }

  /** Whether it says more of a name than which it is. */
  public boolean hasPatterns() {
    return parts.stream().anyMatch(part -> !part.matching().isEmpty());
  }

  private static Dfa both(Dfa one, Dfa other) {
    return one == Dfa.ANY ? other : other == Dfa.ANY ? one : one.and(other);
  }

  private List<Object> key() {
    return List.of(parts, extra, required, forbidden, least, most, nameNode);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ObjectRule rule && key().equals(rule.key());
  }

  @Override
  public int hashCode() {
    return key().hashCode();
  }
}
