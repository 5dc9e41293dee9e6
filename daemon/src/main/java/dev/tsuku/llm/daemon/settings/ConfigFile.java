package dev.tsuku.llm.daemon.settings;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The table {@code [llm]} of a {@code config.toml}, read once. The rest of the file is other
 * programs' business.
 *
 * @param path where it is or would be
 * @param exists whether it is there; a missing file is an empty one
 * @param entries the table's, in the order of the file
 * @param problems why the file, or a part of it, could not be read
 */
record ConfigFile(
    Path path, boolean exists, Map<String, ConfigFile.Entry> entries, List<Problem> problems) {

  /** What TOML knows, as far as it matters here. */
  enum Type {
    TEXT,
    NUMBER,
    TRUTH,
    OTHER
  }

  /**
   * What stands at a key.
   *
   * @param type what it is
   * @param text the value; of type {@code OTHER}, its kind, such as "a table"
   * @param line from 1
   */
  record Entry(Type type, String text, int line) {}

  /** Reads a file. Without one, the reader of TOML is not even loaded: a client is waiting. */
  static ConfigFile read(Path path) {
    return Files.exists(path)
        ? ConfigParser.parse(path)
        : new ConfigFile(path, false, Map.of(), List.of());
  }

  /** What the file says of a setting; an empty text says nothing. */
  Optional<Entry> entry(Key key) {
    return key.fileKey()
        .map(entries::get)
        .filter(entry -> entry.type() != Type.TEXT || !entry.text().isEmpty());
  }

  /** The keys that are no settings. */
  List<UnknownKey> unknownKeys() {
    List<UnknownKey> unknown = new ArrayList<>();
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      if (!isKnown(entry.getKey())) {
        unknown.add(new UnknownKey(entry.getKey(), entry.getValue().line()));
      }
    }
    return unknown;
  }

  private static boolean isKnown(String name) {
    for (Key key : Key.values()) {
      if (key.fileKey().filter(name::equals).isPresent()) {
        return true;
      }
    }
    return false;
  }
}
