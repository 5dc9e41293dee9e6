package dev.tsuku.llm.client;

/**
 * The model asks for a tool.
 *
 * @param id unique within the answer
 * @param arguments a JSON object as text; it matches the tool's schema
 */
public record ToolCall(String id, String name, String arguments) {}
