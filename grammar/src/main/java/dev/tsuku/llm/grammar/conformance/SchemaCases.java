package dev.tsuku.llm.grammar.conformance;

import dev.tsuku.llm.grammar.conformance.SchemaCase.Instance;
import dev.tsuku.llm.grammar.json.Json;
import dev.tsuku.llm.grammar.json.JsonReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Reads collections of cases. */
public final class SchemaCases {

  private SchemaCases() {}

  /**
   * Reads a compressed file with a case a line: {@code {"name", "schema", "tests": [{"valid",
   * "data"}]}}.
   *
   * @throws IOException if it cannot be read
   */
  public static List<SchemaCase> readLines(Path file) throws IOException {
    List<SchemaCase> cases = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Json.Obj json = (Json.Obj) JsonReader.read(line);
        cases.add(new SchemaCase(text(json, "name"), member(json, "schema"), instances(json)));
      }
    }
    return cases;
  }

  /**
   * Reads a file of the official suite: {@code [{"description", "schema", "tests": [...]}]}.
   *
   * @throws IOException if it cannot be read
   */
  public static List<SchemaCase> readSuite(Path file) throws IOException {
    List<SchemaCase> cases = new ArrayList<>();
    for (Json json : ((Json.Array) JsonReader.read(Files.readString(file))).items()) {
      Json.Obj group = (Json.Obj) json;
      cases.add(
          new SchemaCase(
              file.getFileName() + ": " + text(group, "description"),
              member(group, "schema"),
              instances(group)));
    }
    return cases;
  }

  private static List<Instance> instances(Json.Obj group) {
    List<Instance> instances = new ArrayList<>();
    for (Json json : ((Json.Array) member(group, "tests")).items()) {
      Json.Obj test = (Json.Obj) json;
      instances.add(
          new Instance(
              text(test, "description"),
              member(test, "data"),
              member(test, "valid").equals(new Json.Bool(true))));
    }
    return instances;
  }

  private static Json member(Json.Obj object, String name) {
    return object
        .get(name)
        .orElseThrow(() -> new IllegalArgumentException("a case has no '" + name + "'"));
  }

  private static String text(Json.Obj object, String name) {
    return object.get(name).orElse(Json.Null.NULL) instanceof Json.Text text ? text.value() : "";
  }
}
