package dev.tsuku.llm.cli;

import dev.tsuku.llm.client.Prompt;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import dev.tsuku.llm.grammar.json.JsonWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Files of tools: a JSON array, or an object whose {@code tools} is one. A tool is an object with
 * {@code name}, {@code description} and {@code parameters}, or one whose {@code function} is that,
 * as others have it. Stateless.
 */
final class ToolFile {

  private ToolFile() {}

  /**
   * The tools in a file.
   *
   * @throws Failure if there are none, or it is something else
   */
  static List<Prompt.Tool> read(Path file) {
    Json json;
    try {
      json = JsonReader.read(InputFile.read(file));
    } catch (JsonException e) {
      throw new Failure(file + " " + e.getMessage() + ".", e);
    }
    Json list = json instanceof Json.Obj object ? object.members().get("tools") : json;
    if (!(list instanceof Json.Array array) || array.items().isEmpty()) {
      throw new Failure(
          file
              + " holds no tools. Write an array of objects with name, description and parameters.");
    }
    List<Prompt.Tool> tools = new ArrayList<>();
    for (Json item : array.items()) {
      tools.add(tool(file, tools.size(), item));
    }
    return tools;
  }

  private static Prompt.Tool tool(Path file, int index, Json json) {
    Json described =
        json instanceof Json.Obj object && object.members().containsKey("function")
            ? object.members().get("function")
            : json;
    if (!(described instanceof Json.Obj tool)
        || !(tool.members().get("name") instanceof Json.Text name)) {
      throw new Failure(
          "In "
              + file
              + ", tool "
              + (index + 1)
              + " has no name. Add one, such as \"fetch_file\".");
    }
    Json description = tool.members().get("description");
    Json parameters = tool.members().get("parameters");
    return new Prompt.Tool(
        name.value(),
        description instanceof Json.Text text ? text.value() : "",
        parameters == null ? "" : JsonWriter.compact(parameters));
  }
}
