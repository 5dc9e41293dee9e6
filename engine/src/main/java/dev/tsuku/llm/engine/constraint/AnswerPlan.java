package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.generation.ToolChoice;
import java.util.List;
import java.util.Optional;

/**
 * What an answer has to be, as far as that does not depend on the model. Immutable.
 *
 * @param value what all of it has to obey; empty for nothing
 * @param tools that the conversation has
 * @param choice which of them may be called
 * @param severalCalls whether more than one call may come
 */
public record AnswerPlan(
    Optional<CompiledSchema> value, List<Tool> tools, ToolChoice choice, boolean severalCalls) {

  /** A tool and what its arguments have to obey. */
  record Tool(String name, CompiledSchema arguments) {}

  /** Anything. */
  public static final AnswerPlan FREE =
      new AnswerPlan(Optional.empty(), List.of(), ToolChoice.AUTO, false);

  public AnswerPlan {
    tools = List.copyOf(tools);
  }
}
