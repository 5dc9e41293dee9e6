package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.settings.Problem;
import dev.tsuku.llm.daemon.settings.Setting;
import dev.tsuku.llm.daemon.settings.SettingsReport;
import dev.tsuku.llm.daemon.settings.UnknownKey;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The settings for people: one a line, and below what else there is to say. */
final class ConfigTable {

  private static final String GAP = "  ";

  private ConfigTable() {}

  /** The table, without a final line end. */
  static String of(SettingsReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("setting", "value", "from"));
    for (Setting<?> setting : report.all()) {
      rows.add(List.of(setting.key().label(), value(setting), setting.source().describe()));
    }
    List<String> lines = new ArrayList<>(aligned(rows));
    lines.add("");
    lines.addAll(aligned(files(report)));
    if (!report.problems().isEmpty()) {
      lines.add("");
      lines.add("Problems; no daemon starts before they are solved:");
      report.problems().stream().map(Problem::message).map(GAP::concat).forEach(lines::add);
    }
    if (!report.overridden().isEmpty()) {
      lines.add("");
      lines.add("Bad values that do not count, because something else overrides them:");
      report.overridden().stream().map(Problem::message).map(GAP::concat).forEach(lines::add);
    }
    report.contextNote().ifPresent(note -> lines.addAll(List.of("", note)));
    report.refusal().ifPresent(refusal -> lines.addAll(List.of("", refusal)));
    if (!report.unknownKeys().isEmpty()) {
      lines.add("");
      lines.add("Other keys in the table [llm], perhaps of another program:");
      report.unknownKeys().stream().map(ConfigTable::unknown).map(GAP::concat).forEach(lines::add);
    }
    return String.join("\n", lines);
  }

  private static String value(Setting<?> setting) {
    if (!setting.valid()) {
      return setting.text().map(text -> text + " (bad)").orElse("(bad)");
    }
    return setting.text().orElse("(" + setting.key().meaningOfNone() + ")");
  }

  private static List<List<String>> files(SettingsReport report) {
    return List.of(
        List.of("socket", report.socket().toString()),
        List.of("config file", report.configFile() + state(report)));
  }

  private static String state(SettingsReport report) {
    if (report.configFileExists()) {
      return "";
    }
    // Otherwise its directory does not let this user look.
    return Files.notExists(report.configFile()) ? " (does not exist)" : " (out of your reach)";
  }

  private static String unknown(UnknownKey key) {
    return key.name()
        + ", line "
        + key.line()
        + key.suggestion().map(meant -> "; did you mean " + meant + "?").orElse("");
  }

  /** Every column but the last as wide as its widest cell. */
  private static List<String> aligned(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns - 1; column++) {
        int at = column;
        int width = rows.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
        String cell = row.get(column);
        line.append(cell).append(" ".repeat(width - cell.length())).append(GAP);
      }
      lines.add(line.append(row.getLast()).toString());
    }
    return lines;
  }
}
