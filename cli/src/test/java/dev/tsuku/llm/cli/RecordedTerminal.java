package dev.tsuku.llm.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Runs command lines and remembers what they print. */
final class RecordedTerminal {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> environment;

  RecordedTerminal(Path home) {
    this(home, Map.of());
  }

  RecordedTerminal(Path home, Map<String, String> variables) {
    this.environment = new HashMap<>(variables);
    this.environment.put("TSUKU_HOME", home.toString());
  }

  int run(byte[] input, String... args) {
    return CommandTree.run(terminal(input, false), args);
  }

  /** Standard error is a terminal or is not. */
  Terminal terminal(boolean watched) {
    return terminal(new byte[0], watched);
  }

  private Terminal terminal(byte[] input, boolean watched) {
    return new Terminal(
        new ByteArrayInputStream(input),
        new PrintStream(out, false, StandardCharsets.UTF_8),
        () -> false,
        new PrintStream(err, true, StandardCharsets.UTF_8),
        watched,
        environment);
  }

  int run(String... args) {
    return run(new byte[0], args);
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
