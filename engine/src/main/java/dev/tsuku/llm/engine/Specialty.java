package dev.tsuku.llm.engine;

import dev.tsuku.llm.engine.constraint.Groundings;
import dev.tsuku.llm.template.Conversation;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The one task that a model was trained for: calls of certain tools. Its file declares it in its
 * metadata; models of other makers have none.
 *
 * @param tools the names of those tools
 * @param purpose what the model does, as a predicate such as "turns lists of files into calls"
 * @param groundings which strings of its calls are copied from the messages
 */
public record Specialty(List<String> tools, String purpose, Groundings groundings) {

  /** The key in a model's metadata: names of tools, separated by spaces. */
  static final String TOOLS = "tsuku_llm.tools";

  private static final String PURPOSE = "general.description";

  public Specialty {
    tools = List.copyOf(tools);
  }

  /** Whether a conversation has one of the tools. */
  public boolean covers(Conversation conversation) {
    return conversation.tools().stream().anyMatch(tool -> tools.contains(tool.name()));
  }

  /**
   * Reads a model's metadata.
   *
   * @param metadata values by key
   * @return empty for a general model
   */
  public static Optional<Specialty> of(Function<String, Optional<String>> metadata) {
    return metadata
        .apply(TOOLS)
        .filter(names -> !names.isBlank())
        .map(
            names ->
                new Specialty(
                    List.of(names.strip().split(" +", -1)),
                    metadata.apply(PURPOSE).orElse(""),
                    metadata.apply(Groundings.KEY).map(Groundings::read).orElse(Groundings.NONE)));
  }
}
