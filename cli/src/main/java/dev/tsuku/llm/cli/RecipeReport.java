package dev.tsuku.llm.cli;

import dev.tsuku.llm.recipe.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A recipe as output, without a final line end.
 *
 * @param repository may be empty
 * @param tag of the release; may be empty
 * @param model the one that answered
 */
record RecipeReport(String repository, String tag, Recipe recipe, String model) {

  /** A line for each platform: its name, file and format. */
  String table() {
    int width = recipe.mappings().stream().mapToInt(it -> it.asset().length()).max().orElse(0);
    List<String> lines = new ArrayList<>();
    for (Recipe.Mapping mapping : recipe.mappings()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%-12s  %-" + Math.max(1, width) + "s  %s",
              mapping.os() + "/" + mapping.arch(),
              mapping.asset(),
              mapping.format()));
    }
    return lines.isEmpty() ? "no file for any platform" : String.join("\n", lines);
  }

  String json() {
    return Json.of(this);
  }

  String toml() {
    List<String> lines = new ArrayList<>();
    lines.add("repository = " + quoted(repository));
    lines.add("tag = " + quoted(tag));
    lines.add("executable = " + quoted(recipe.executable()));
    lines.add("verify_command = " + quoted(recipe.verifyCommand()));
    lines.add("model = " + quoted(model));
    for (Recipe.Mapping mapping : recipe.mappings()) {
      lines.add("");
      lines.add("[[mappings]]");
      lines.add("os = " + quoted(mapping.os()));
      lines.add("arch = " + quoted(mapping.arch()));
      lines.add("asset = " + quoted(mapping.asset()));
      lines.add("format = " + quoted(mapping.format()));
    }
    return String.join("\n", lines);
  }

  /** A basic string of TOML. */
  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
