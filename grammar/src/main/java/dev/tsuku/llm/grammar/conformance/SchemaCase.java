package dev.tsuku.llm.grammar.conformance;

import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.match.MatcherState;
import dev.tsuku.llm.grammar.schema.Node;
import dev.tsuku.llm.grammar.schema.Nodes;
import dev.tsuku.llm.grammar.schema.SchemaException;
import java.util.List;
import java.util.Optional;

/** A schema, and what others say of some values. */
public record SchemaCase(String name, Json schema, List<Instance> instances) {

  /** A value, and whether it is valid. */
  public record Instance(String name, Json value, boolean isValid) {}

  /**
   * What came of a case.
   *
   * @param refusal why the schema is not supported, if it is not
   * @param rejected valid values that cannot be written
   * @param accepted values that can be written, but are not valid
   */
  public record Result(
      Optional<SchemaException> refusal, List<Instance> rejected, List<Instance> accepted) {

    /** Whether all was as it should be. */
    public boolean isClean() {
      return refusal.isEmpty() && rejected.isEmpty() && accepted.isEmpty();
    }
  }

  public SchemaCase {
    instances = List.copyOf(instances);
  }

  /** Tries all values. */
  public Result run() {
    try {
      Node node = Nodes.compile(schema);
      List<Instance> wrong =
          instances.stream()
              .filter(instance -> accepts(node, instance) != instance.isValid())
              .toList();
      return new Result(
          Optional.empty(),
          wrong.stream().filter(Instance::isValid).toList(),
          wrong.stream().filter(instance -> !instance.isValid()).toList());
    } catch (SchemaException e) {
      return new Result(Optional.of(e), List.of(), List.of());
    }
  }

  /**
   * The valid values, as they are written.
   *
   * @param node what {@link #schema} says
   */
  public List<String> texts(Node node) {
    return instances.stream()
        .filter(Instance::isValid)
        .flatMap(
            instance -> Speller.spell(instance.value(), MatcherState.start(node), false).stream())
        .toList();
  }

  /**
   * Whether a value can be written, in one of its spellings. Where 3.0 is another value than 3,
   * only that it cannot be written with its point shows that it is not accepted.
   */
  private boolean accepts(Node node, Instance instance) {
    boolean keepsPoints = !instance.isValid() && Nodes.hasTextualIntegers(schema);
    return Speller.spell(instance.value(), MatcherState.start(node), keepsPoints).isPresent();
  }
}
