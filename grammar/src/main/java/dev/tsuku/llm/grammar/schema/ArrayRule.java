package dev.tsuku.llm.grammar.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Conditions on an array. */
public final class ArrayRule implements Rule {

  /**
   * What a schema says of items.
   *
   * @param first of the first ones, each
   * @param rest of all others
   */
  record Part(List<Literal> first, Optional<Literal> rest) {}

  /**
   * That items which match something are neither too few nor too many.
   *
   * @param most or {@link Integer#MAX_VALUE}
   */
  public record Contained(Node node, int least, int most) {}

  private final Nodes nodes;
  private final List<Part> parts;
  private final int least;
  private final int most;
  private final boolean isUnique;
  private final List<Contained> contained;
  private final int prefix;
  private final Map<Integer, Node> items = new HashMap<>();

  ArrayRule(
      Nodes nodes,
      List<Part> parts,
      int least,
      int most,
      boolean isUnique,
      List<Contained> contained) {
    this.nodes = nodes;
    this.parts = List.copyOf(parts);
    this.least = least;
    this.most = most;
    this.isUnique = isUnique;
    this.contained = List.copyOf(contained);
    this.prefix = parts.stream().mapToInt(part -> part.first().size()).max().orElse(0);
  }

  /** How many items there have to be. */
  public int least() {
    return least;
  }

  /** How many there may be, or {@link Integer#MAX_VALUE}. */
  public int most() {
    return most;
  }

  /** Whether no two may be equal. */
  public boolean isUnique() {
    return isUnique;
  }

  /** What must be among them. */
  public List<Contained> contained() {
    return contained;
  }

  /** From which item on all have to obey the same. */
  public int prefix() {
    return prefix;
  }

  /** What an item has to obey. */
  public Node item(int index) {
    return items.computeIfAbsent(
        Math.min(index, prefix),
        at -> {
          List<Literal> literals = new ArrayList<>();
          for (Part part : parts) {
            if (at < part.first().size()) {
              literals.add(part.first().get(at));
            } else {
              part.rest().ifPresent(literals::add);
            }
          }
          return nodes.of(literals);
        });
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ArrayRule rule
        && parts.equals(rule.parts)
        && least == rule.least
        && most == rule.most
        && isUnique == rule.isUnique
        && contained.equals(rule.contained);
  }

  @Override
  public int hashCode() {
    return Objects.hash(parts, least, most, isUnique, contained);
  }
}
