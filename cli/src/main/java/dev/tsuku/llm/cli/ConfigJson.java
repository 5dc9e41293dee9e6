package dev.tsuku.llm.cli;

import dev.tsuku.llm.daemon.settings.Problem;
import dev.tsuku.llm.daemon.settings.Setting;
import dev.tsuku.llm.daemon.settings.SettingsReport;
import dev.tsuku.llm.daemon.settings.UnknownKey;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** The settings for programs: one JSON object on one line. */
final class ConfigJson {

  private ConfigJson() {}

  static String of(SettingsReport report) {
    return Json.object(
        json -> {
          json.writeBooleanProperty("valid", report.problems().isEmpty());
          json.writeStringProperty("home", report.home().toString());
          json.writeStringProperty("socket", report.socket().toString());
          json.writeStringProperty("config_file", report.configFile().toString());
          json.writeBooleanProperty("config_file_exists", report.configFileExists());
          report.contextNote().ifPresent(note -> json.writeStringProperty("context_note", note));
          json.writeObjectPropertyStart("settings");
          report.all().forEach(setting -> write(setting, json));
          json.writeEndObject();
          json.writeArrayPropertyStart("problems");
          report.problems().forEach(problem -> write(problem, json));
          json.writeEndArray();
          json.writeArrayPropertyStart("overridden");
          report.overridden().forEach(problem -> write(problem, json));
          json.writeEndArray();
          json.writeArrayPropertyStart("unknown_keys");
          report.unknownKeys().forEach(key -> write(key, json));
          json.writeEndArray();
        });
  }

  private static void write(Setting<?> setting, JsonGenerator json) {
    json.writeObjectPropertyStart(setting.key().label());
    json.writeName("value");
    Optional<?> value = setting.value();
    if (value.isPresent() && value.get() instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value.isPresent() && value.get() instanceof Integer number) {
      json.writeNumber(number);
    } else {
      json.writeString(setting.text().orElse(null));
    }
    json.writeStringProperty("source", setting.source().describe());
    json.writeBooleanProperty("valid", setting.valid());
    json.writeEndObject();
  }

  private static void write(Problem problem, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("place", problem.place());
    json.writeStringProperty("message", problem.sentence());
    json.writeEndObject();
  }

  private static void write(UnknownKey key, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("key", key.name());
    json.writeNumberProperty("line", key.line());
    key.suggestion().ifPresent(meant -> json.writeStringProperty("suggestion", meant));
    json.writeEndObject();
  }
}
