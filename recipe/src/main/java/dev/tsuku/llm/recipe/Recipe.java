package dev.tsuku.llm.recipe;

import dev.tsuku.llm.client.ToolCall;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonException;
import dev.tsuku.llm.grammar.json.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The arguments of an {@code extract_pattern} call.
 *
 * @param mappings the file for each platform
 * @param executable the program's file name
 * @param verifyCommand prints the program's version
 */
public record Recipe(List<Mapping> mappings, String executable, String verifyCommand) {

  /**
   * The file for one platform.
   *
   * @param os {@code linux} or {@code darwin}
   * @param arch {@code amd64} or {@code arm64}
   * @param format {@code tar.gz}, {@code tar.xz}, {@code zip}, {@code tbz}, {@code tgz} or {@code
   *     binary}
   */
  public record Mapping(String os, String arch, String asset, String format) {

    /** System and processor, as in {@link #PLATFORMS}. */
    public String platform() {
      return os + "/" + arch;
    }
  }

  /** The platforms that a recipe may have a file for, in the order of answers. */
  public static final List<String> PLATFORMS =
      List.of("linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64");

  public Recipe {
    mappings = List.copyOf(mappings);
  }

  /** Reads a call; empty if it is of another tool or its arguments are not a recipe. */
  public static Optional<Recipe> of(ToolCall call) {
    return call.name().equals(Question.EXTRACT_PATTERN) ? read(call.arguments()) : Optional.empty();
  }

  private static Optional<Recipe> read(String arguments) {
    Json json;
    try {
      json = JsonReader.read(arguments);
    } catch (JsonException e) {
      return Optional.empty();
    }
    if (!(json instanceof Json.Obj object)
        || !(object.get("mappings").orElse(Json.Null.NULL) instanceof Json.Array list)) {
      return Optional.empty();
    }
    List<Mapping> mappings = new ArrayList<>();
    for (Json item : list.items()) {
      if (!(item instanceof Json.Obj mapping)) {
        return Optional.empty();
      }
      mappings.add(
          new Mapping(
              text(mapping, "os"),
              text(mapping, "arch"),
              text(mapping, "asset"),
              text(mapping, "format")));
    }
    return Optional.of(
        new Recipe(mappings, text(object, "executable"), text(object, "verify_command")));
  }

  private static String text(Json.Obj object, String name) {
    return object.get(name).orElse(Json.Null.NULL) instanceof Json.Text text ? text.value() : "";
  }
}
