package dev.tsuku.llm.daemon.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * The table {@code [llm]} of a {@code config.toml}. The rest of the file is other programs'
 * business, and so are keys of the table that nobody asks for. A missing file is an empty one.
 */
final class ConfigFile {

  private final Path path;
  private final Optional<TomlTable> table;

  private ConfigFile(Path path, Optional<TomlTable> table) {
    this.path = path;
    this.table = table;
  }

  /**
   * Reads a file.
   *
   * @throws SettingsException if it cannot be read, or is no TOML; with the line
   */
  static ConfigFile read(Path path) {
    if (!Files.exists(path)) {
      return new ConfigFile(path, Optional.empty());
    }
    try {
      TomlParseResult result = Toml.parse(path);
      if (result.hasErrors()) {
        throw new SettingsException(
            path
                + " cannot be read: "
                + result.errors().stream()
                    .map(e -> "line " + e.position().line() + ": " + e.getMessage())
                    .collect(Collectors.joining("; "))
                + ". Correct or remove it.");
      }
      Object llm = result.get("llm");
      if (llm != null && !(llm instanceof TomlTable)) {
        throw new SettingsException(path + ": 'llm' must be a table. Write [llm] on its own line.");
      }
      return new ConfigFile(path, Optional.ofNullable((TomlTable) llm));
    } catch (IOException e) {
      throw new SettingsException(path + " cannot be read. Make it readable, or remove it.", e);
    }
  }

  Path path() {
    return path;
  }

  /** A text, not empty; a number counts as its text, so that {@code idle_timeout = 90} works. */
  Optional<String> text(String key) {
    return value(key)
        .map(
            value -> {
              if (value instanceof String || value instanceof Long || value instanceof Double) {
                return value.toString();
              }
              throw bad(key, value, "a text in quotes");
            })
        .filter(text -> !text.isEmpty());
  }

  /** A truth value. */
  Optional<Boolean> truth(String key) {
    return value(key)
        .map(
            value -> {
              if (value instanceof Boolean truth) {
                return truth;
              }
              throw bad(key, value, "true or false");
            });
  }

  private Optional<Object> value(String key) {
    return table.map(llm -> llm.get(key));
  }

  private SettingsException bad(String key, Object value, String good) {
    int line = table.map(llm -> llm.inputPositionOf(key)).map(p -> p.line()).orElse(0);
    return new SettingsException(
        path + ", line " + line + ": " + key + " = " + value + " must be " + good + ".");
  }
}
