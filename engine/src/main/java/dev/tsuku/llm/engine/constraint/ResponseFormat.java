package dev.tsuku.llm.engine.constraint;

import dev.tsuku.llm.engine.generation.ToolChoice;
import java.util.List;
import java.util.Optional;

/**
 * The format of an answer: free text, a JSON value of a schema, or free text with tool calls. The
 * part that does not depend on the model; immutable.
 *
 * @param value what all of it has to obey; empty for nothing
 * @param tools that the conversation has
 * @param choice which of them may be called
 * @param severalCalls whether more than one call may come
 */
public record ResponseFormat(
    Optional<CompiledSchema> value, List<Tool> tools, ToolChoice choice, boolean severalCalls) {

  /** A tool and what its arguments have to obey. */
  record Tool(String name, CompiledSchema arguments) {}

  /** Anything. */
  public static final ResponseFormat FREE =
      new ResponseFormat(Optional.empty(), List.of(), ToolChoice.AUTO, false);

  public ResponseFormat {
    tools = List.copyOf(tools);
  }
}
