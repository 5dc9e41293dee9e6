package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InputFileTest {

  private static final int LIMIT = 16 << 20;

  @TempDir Path directory = Path.of("");

  @Test
  void input_without_an_end_is_refused_just_past_the_limit() {
    Endless endless = new Endless();
    assertThatThrownBy(() -> InputFile.readAll(endless))
        .isInstanceOf(Failure.class)
        .hasMessage(
            "Standard input has more than 16777216 bytes; a request may have 16777216 bytes (16"
                + " MiB). Give a shorter one.");
    assertThat(endless.taken).isBetween(LIMIT + 1L, LIMIT + 65_536L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "complete --schema FILE hi",
        "complete --tools FILE hi",
        "complete --chat-template FILE hi",
        "extract FILE",
        "schema check FILE"
      })
  void each_file_argument_is_read_within_the_limit(String command) throws IOException {
    Path file = directory.resolve("large");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    assertRefused(command, file, "3221225472");
    Path zeros = Path.of("/dev/zero");
    assumeThat(Files.exists(zeros)).as("a device without an end").isTrue();
    assertRefused(command, zeros, "more than 16777216");
  }

  private void assertRefused(String command, Path file, String size) {
    RecordedTerminal terminal = new RecordedTerminal(directory);
    assertThat(terminal.run(command.replace("FILE", file.toString()).split(" "))).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "tsuku-llm: "
                + file
                + " has "
                + size
                + " bytes; a request may have 16777216 bytes (16 MiB). Give a shorter one.\n");
  }

  @ParameterizedTest
  @CsvSource({
    "complete --tools FILE hi, FILE nests deeper",
    "extract FILE, FILE nests deeper",
    "schema check FILE, 'FILE is not supported, at its root: the schema nests deeper'"
  })
  void deeply_nested_json_is_called_deep_and_not_wrong(String command, String message)
      throws IOException {
    Path file = directory.resolve("deep.json");
    Files.writeString(file, "{\"items\":".repeat(20_000) + "{}" + "}".repeat(20_000));
    RecordedTerminal terminal = new RecordedTerminal(directory);
    assertThat(terminal.run(command.replace("FILE", file.toString()).split(" "))).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "tsuku-llm: "
                + message.replace("FILE", file.toString())
                + " than 128 levels (line 1, column 1153).\n");
  }

  @Test
  void a_text_of_just_the_limit_is_read() {
    byte[] bytes = new byte[LIMIT];
    Arrays.fill(bytes, (byte) 'x');
    assertThat(InputFile.readAll(new ByteArrayInputStream(bytes))).hasSize(LIMIT);
  }

  @Test
  void line_ends_behind_standard_input_are_no_part_of_it() {
    byte[] bytes = "a\nb\r\n\n".getBytes(StandardCharsets.UTF_8);
    assertThat(InputFile.readAll(new ByteArrayInputStream(bytes))).isEqualTo("a\nb");
  }

  /** Standard input of a program that writes for ever. */
  private static final class Endless extends InputStream {

    private long taken;

    @Override
    public int read() {
      return read(new byte[1], 0, 1) == 1 ? 'x' : -1;
    }

    @Override
    public int read(byte[] into, int from, int length) {
      taken += length;
      if (taken > 4L * LIMIT) {
        throw new IllegalStateException("four times the limit has been read");
      }
      Arrays.fill(into, from, from + length, (byte) 'x');
      return length;
    }
  }
}
