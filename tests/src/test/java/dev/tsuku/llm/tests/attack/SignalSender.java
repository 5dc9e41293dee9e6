package dev.tsuku.llm.tests.attack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Sends signals through a shell that is there already, so that they come at the moment that is
 * meant and not a fork later. Owned by one thread, which closes it.
 */
final class SignalSender implements AutoCloseable {

  private static final Map<String, Integer> NUMBERS = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  private final Process shell;
  private final Writer commands;

  SignalSender() throws IOException {
    shell =
        new ProcessBuilder("sh")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    commands = shell.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Those of TERM, INT and HUP that a process started here takes notice of. What a process was
   * started to ignore, as shells do with the INT of jobs in the background, it and all that it
   * starts ignore.
   */
  static List<String> stopsHeeded() {
    Path status = Path.of("/proc/self/status");
    try (Stream<String> lines = Files.exists(status) ? Files.lines(status) : Stream.empty()) {
      long ignored =
          lines
              .filter(line -> line.startsWith("SigIgn:"))
              .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
              .findAny()
              .orElse(0);
      return NUMBERS.entrySet().stream()
          .filter(signal -> (ignored & (1L << (signal.getValue() - 1))) == 0)
          .map(Map.Entry::getKey)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a signal by its name, such as {@code TERM}; nobody need be there to get it. */
  void send(String signal, long pid) throws IOException {
    commands.write("kill -" + signal + " " + pid + "\n");
    commands.flush();
  }

  @Override
  public void close() throws IOException {
    try {
      commands.close();
    } finally {
      shell.destroyForcibly();
    }
  }
}
