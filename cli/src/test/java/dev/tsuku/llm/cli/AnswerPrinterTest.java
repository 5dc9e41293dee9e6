package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.client.Completion;
import dev.tsuku.llm.client.CompletionEvent;
import dev.tsuku.llm.client.ToolCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerPrinterTest {

  private static final Completion ANSWER =
      new Completion(
          "Good day",
          List.of(),
          Completion.StopReason.END_TURN,
          new Completion.Usage(
              9,
              2,
              0,
              new Completion.Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO),
              new Completion.Steps(2, 0, 0, 0)),
          "tiny");

  private final RecordedTerminal recorded = new RecordedTerminal(Path.of("/nowhere"));

  /** What stands on a terminal's line after all of this has been written to it. */
  private static String visible(String written) {
    StringBuilder line = new StringBuilder();
    int column = 0;
    for (int i = 0; i < written.length(); i++) {
      char c = written.charAt(i);
      if (c == '\r') {
        column = 0;
      } else {
        line.replace(column, Math.min(line.length(), column + 1), String.valueOf(c));
        column++;
      }
    }
    return line.toString().stripTrailing();
  }

  @Test
  void texts_are_out_as_soon_as_they_are_told_and_one_line_end_follows() {
    AnswerPrinter printer = new AnswerPrinter(recorded.terminal(false), false);
    printer.onEvent(new CompletionEvent.Prefill(3, 9, 0));
    printer.onEvent(new CompletionEvent.Text("Good"));
    assertThat(recorded.out()).isEqualTo("Good");
    printer.onEvent(new CompletionEvent.Text(" day"));
    assertThat(recorded.out()).isEqualTo("Good day");
    printer.finish(ANSWER);
    printer.close();
    assertThat(recorded.out()).isEqualTo("Good day\n");
    assertThat(recorded.err()).isEmpty();
  }

  @Test
  void each_call_has_a_line() {
    AnswerPrinter printer = new AnswerPrinter(recorded.terminal(false), false);
    printer.onEvent(new CompletionEvent.Text("I look."));
    printer.onEvent(new CompletionEvent.ToolCalled(new ToolCall("1", "get", "{\"a\": 1}")));
    printer.onEvent(new CompletionEvent.ToolCalled(new ToolCall("2", "put", "{}")));
    printer.finish(ANSWER);
    printer.close();
    assertThat(recorded.out())
        .isEqualTo(
            """
            I look.
            {"name":"get","arguments":{"a": 1}}
            {"name":"put","arguments":{}}
            """);
  }

  @Test
  void json_is_printed_once_and_whole() {
    AnswerPrinter printer = new AnswerPrinter(recorded.terminal(false), true);
    printer.onEvent(new CompletionEvent.Text("Good"));
    assertThat(recorded.out()).isEmpty();
    printer.finish(ANSWER);
    printer.close();
    assertThat(recorded.out()).isEqualTo(Json.of(ANSWER) + "\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void output_that_cannot_be_written_ends_the_answer(boolean hasReader) {
    Terminal broken =
        new Terminal(
            InputStream.nullInputStream(),
            new PrintStream(new Refusing(), false, StandardCharsets.UTF_8),
            () -> hasReader,
            System.err,
            false,
            Map.of());
    AnswerPrinter printer = new AnswerPrinter(broken, false);
    assertThatThrownBy(() -> printer.onEvent(new CompletionEvent.Text("Good")))
        .isInstanceOf(hasReader ? ReaderGone.class : Failure.class);
    printer.close();
  }

  /** A full disk, or a pipe that nobody reads. */
  private static final class Refusing extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("no");
    }
  }

  @Test
  void an_answer_that_breaks_off_ends_its_line() {
    try (AnswerPrinter printer = new AnswerPrinter(recorded.terminal(false), false)) {
      printer.onEvent(new CompletionEvent.Text("Good"));
    }
    assertThat(recorded.out()).isEqualTo("Good\n");
  }

  @Test
  void on_a_terminal_one_line_says_what_is_waited_for_and_is_gone_when_the_answer_begins() {
    AnswerPrinter printer = new AnswerPrinter(recorded.terminal(true), false);
    printer.onEvent(new CompletionEvent.Queued(12));
    assertThat(visible(recorded.err())).isEqualTo("waiting for 12 requests before this one");
    printer.onEvent(new CompletionEvent.Queued(1));
    assertThat(visible(recorded.err())).isEqualTo("waiting for 1 request before this one");
    printer.onEvent(new CompletionEvent.Downloading(1_000_000_000, 4_000_000_000L));
    assertThat(visible(recorded.err())).isEqualTo("downloading the model: 25 %");
    printer.onEvent(new CompletionEvent.Loading(0, 0));
    assertThat(visible(recorded.err())).isEqualTo("loading the model: 0 %");
    printer.onEvent(new CompletionEvent.Prefill(512, 2200, 500));
    assertThat(visible(recorded.err())).isEqualTo("reading the prompt: 512 of 2200 tokens");
    printer.onEvent(new CompletionEvent.Text("Good"));
    assertThat(visible(recorded.err())).isEmpty();
    assertThat(recorded.err()).endsWith("\r").doesNotContain("\n");
    assertThat(recorded.out()).isEqualTo("Good");
  }

  @Test
  void the_line_is_gone_when_there_is_no_answer() {
    try (AnswerPrinter printer = new AnswerPrinter(recorded.terminal(true), true)) {
      printer.onEvent(new CompletionEvent.Queued(1));
    }
    assertThat(visible(recorded.err())).isEmpty();
    assertThat(recorded.out()).isEmpty();
  }
}
