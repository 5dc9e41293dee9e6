package dev.tsuku.llm.template;

/**
 * A tool that the model asked to be called.
 *
 * @param id unique within the conversation
 * @param argumentsJson a JSON object as text
 */
public record ToolCall(String id, String name, String argumentsJson) {

  /** The call as most models know calls: a JSON object of its name and arguments. */
  String json() {
    String arguments = argumentsJson.isBlank() ? "{}" : argumentsJson;
    return "{\"name\": " + JsonText.quote(name) + ", \"arguments\": " + arguments + "}";
  }
}
