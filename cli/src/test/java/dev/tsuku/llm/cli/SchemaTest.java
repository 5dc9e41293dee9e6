package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaTest {

  @TempDir Path directory = Path.of("");

  private RecordedTerminal check(String schema, String... more) throws IOException {
    Path file = Files.writeString(directory.resolve("s.json"), schema);
    RecordedTerminal terminal = new RecordedTerminal(directory);
    String[] args = new String[3 + more.length];
    args[0] = "schema";
    args[1] = "check";
    args[2] = file.toString();
    System.arraycopy(more, 0, args, 3, more.length);
    status = terminal.run(args);
    return terminal;
  }

  private int status = -1;

  @Test
  void what_is_supported_is_said_with_what_has_no_effect() throws IOException {
    RecordedTerminal terminal =
        check("{\"properties\": {\"a\": {\"format\": \"path\", \"maxlength\": 3}}}");
    assertThat(status).isZero();
    assertThat(terminal.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).endsWith("s.json is supported."),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "  at /properties/a: the keyword 'maxlength' is unknown, and ignored"),
            line ->
                assertThat(line).isEqualTo("  at /properties/a: the format 'path' is not checked"));
  }

  @Test
  void what_is_not_supported_is_named_with_its_place() throws IOException {
    String schema = "{\"items\": {\"pattern\": \"(x)\\\\1\"}}";
    RecordedTerminal terminal = check(schema);
    assertThat(status).isEqualTo(1);
    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err())
        .endsWith(
            "s.json is not supported, at /items: the pattern '(x)\\1' cannot be used: a reference"
                + " back, which is not supported, stands at character 5.\n");
    RecordedTerminal again = check(schema, "--json");
    assertThat(status).isEqualTo(1);
    assertThat(again.out()).startsWith("{\"supported\":false,\"problem\":\"at /items: ");
  }

  @Test
  void a_file_that_is_missing_is_named() {
    RecordedTerminal terminal = new RecordedTerminal(directory);
    assertThat(terminal.run("schema", "check", "nowhere.json")).isEqualTo(1);
    assertThat(terminal.err()).isEqualTo("tsuku-llm: There is no file nowhere.json.\n");
    assertThat(terminal.run("schema")).isEqualTo(2);
  }

  @Test
  void a_byte_order_mark_before_a_schema_is_no_part_of_it() throws IOException {
    RecordedTerminal terminal = check("\uFEFF{\"type\": \"string\"}");
    assertThat(terminal.out().lines()).hasSize(1).first().asString().endsWith("is supported.");
    assertThat(status).isZero();
  }
}
