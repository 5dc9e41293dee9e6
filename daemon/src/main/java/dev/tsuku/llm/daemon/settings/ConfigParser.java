package dev.tsuku.llm.daemon.settings;

import dev.tsuku.llm.daemon.socket.FileOwner;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Reads TOML: the only class that knows how. What is right in a file counts, whatever is wrong. */
final class ConfigParser {

  private static final String TABLE = "llm";

  /** Far more than anybody writes by hand. */
  private static final long MAX_BYTES = 1 << 20;

  /** One slip makes many errors; who reads more than these? */
  private static final int MAX_ERRORS = 5;

  private final Path path;
  private final Map<String, ConfigFile.Entry> entries = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  private ConfigParser(Path path) {
    this.path = path;
  }

  /** Reads a file that is there. */
  static ConfigFile parse(Path path) {
    ConfigParser parser = new ConfigParser(path);
    parser.read();
    return new ConfigFile(path, true, parser.entries, parser.problems);
  }

  private void read() {
    try {
      if (!Files.isRegularFile(path)) {
        problem("This is no file. Remove it, or put a file there.");
      } else if (FileOwner.objectionToReading(path).isPresent()) {
        problem(
            "The file is not read: "
                + FileOwner.objectionToReading(path).get()
                + ". Make it your own, or remove it.");
      } else if (Files.size(path) > MAX_BYTES) {
        problem("The file has " + Files.size(path) + " bytes; " + MAX_BYTES + " are the limit.");
      } else {
        take(Toml.parse(withoutByteOrderMark(Files.readString(path))));
      }
    } catch (CharacterCodingException e) {
      problem("The file is not UTF-8. Save it as UTF-8.");
    } catch (IOException e) {
      problem("The file cannot be read. Make it readable, or remove it.");
    }
  }

  private static String withoutByteOrderMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private void take(TomlParseResult toml) {
    toml.errors().stream().limit(MAX_ERRORS).forEach(this::error);
    if (toml.errors().size() > MAX_ERRORS) {
      problem("There are " + (toml.errors().size() - MAX_ERRORS) + " more errors.");
    }
    Object llm = toml.get(List.of(TABLE));
    if (llm instanceof TomlTable table) {
      table.keySet().stream()
          .map(key -> Map.entry(key, entry(table, key)))
          .sorted(Comparator.comparingInt(entry -> entry.getValue().line()))
          .forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
    } else if (llm != null) {
      problems.add(
          new Problem(
              path + ", line " + line(toml.inputPositionOf(List.of(TABLE))),
              "'llm' must be a table. Write [llm] on a line of its own."));
    }
  }

  private void error(TomlParseError error) {
    String what = String.valueOf(error.getMessage());
    problems.add(
        new Problem(
            path + ", line " + error.position().line() + ", column " + error.position().column(),
            what + (what.endsWith(".") ? "" : ".")));
  }

  private void problem(String sentence) {
    problems.add(new Problem(path.toString(), sentence));
  }

  private static ConfigFile.Entry entry(TomlTable table, String key) {
    int line = line(table.inputPositionOf(List.of(key)));
    return switch (table.get(List.of(key))) {
      case String text -> new ConfigFile.Entry(ConfigFile.Type.TEXT, text, line);
      case Long number -> new ConfigFile.Entry(ConfigFile.Type.NUMBER, number.toString(), line);
      case Double number -> new ConfigFile.Entry(ConfigFile.Type.NUMBER, plain(number), line);
      case Boolean truth -> new ConfigFile.Entry(ConfigFile.Type.TRUTH, truth.toString(), line);
      case TomlTable _ -> new ConfigFile.Entry(ConfigFile.Type.OTHER, "a table", line);
      case TomlArray _ -> new ConfigFile.Entry(ConfigFile.Type.OTHER, "a list", line);
      case null, default -> new ConfigFile.Entry(ConfigFile.Type.OTHER, "a date or a time", line);
    };
  }

  private static String plain(double number) {
    return Double.isFinite(number)
        ? BigDecimal.valueOf(number).toPlainString()
        : Double.toString(number);
  }

  private static int line(@Nullable TomlPosition position) {
    return position == null ? 1 : position.line();
  }
}
