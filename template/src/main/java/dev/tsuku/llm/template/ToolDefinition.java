package dev.tsuku.llm.template;

/**
 * A tool that the model may ask to be called.
 *
 * @param description what it does, for the model
 * @param parametersJson a JSON Schema of an object, as text
 */
public record ToolDefinition(String name, String description, String parametersJson) {}
