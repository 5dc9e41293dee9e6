package dev.tsuku.llm.template;

import dev.tsuku.llm.template.jinja.operation.JsonReader;
import dev.tsuku.llm.template.jinja.operation.JsonWriter;
import dev.tsuku.llm.template.jinja.value.Budget;
import dev.tsuku.llm.template.jinja.value.Limits;
import dev.tsuku.llm.template.jinja.value.Mapping;
import dev.tsuku.llm.template.jinja.value.Text;
import dev.tsuku.llm.template.jinja.value.Value;
import java.util.Optional;

/** Tools and calls as JSON. */
final class JsonText {

  private static final JsonWriter.Style ONE_LINE =
      new JsonWriter.Style(false, null, ", ", ": ", false);

  private JsonText() {}

  /** A JSON object; empty if the text is something else. */
  static Optional<Mapping> object(String json) {
    return JsonReader.read(json)
        .flatMap(value -> value instanceof Mapping object ? Optional.of(object) : Optional.empty());
  }

  /** A tool as hubs describe it to templates. */
  static Mapping function(ToolDefinition tool) {
    Value parameters =
        object(tool.parametersJson())
            .orElseGet(
                () ->
                    new Mapping.Builder()
                        .put("type", Text.format("object"))
                        .put("properties", new Mapping.Builder().build())
                        .build());
    return new Mapping.Builder()
        .put("type", Text.format("function"))
        .put(
            "function",
            new Mapping.Builder()
                .put("name", Text.content(tool.name()))
                .put("description", Text.content(tool.description()))
                .put("parameters", parameters)
                .build())
        .build();
  }

  /** A value on one line. */
  static String write(Value value) {
    return JsonWriter.write(value, ONE_LINE, new Budget(Limits.MOST)).string();
  }

  /** A string with its quotes. */
  static String quote(String chars) {
    return write(Text.content(chars));
  }
}
