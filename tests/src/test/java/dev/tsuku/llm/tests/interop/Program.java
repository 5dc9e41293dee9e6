package dev.tsuku.llm.tests.interop;

import dev.tsuku.llm.testkit.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A program of somebody else's, run to its end in this process's environment and a little more. */
final class Program {

  /** More than compiling gRPC takes on a small machine that is busy. */
  private static final long LIMIT_MINUTES = 5;

  private final String[] command;
  private final Map<String, String> environment = new TreeMap<>();
  private Path directory = SharedFiles.root();

  Program(String... command) {
    this.command = command;
  }

  /** How it ended, with all that it said to stdout and stderr. */
  record Result(int status, String output) {}

  /** With one more variable in its environment. */
  Program with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** In another directory than the repository's root. */
  Program in(Path other) {
    directory = other;
    return this;
  }

  /** Runs it; what is still running after the limit is killed, with what it has started. */
  Result run() {
    try {
      Path output = Files.createTempFile("tsuku", ".interop");
      try {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("TSUKU_"));
        builder.environment().putAll(environment);
        Process process =
            builder
                .directory(directory.toFile())
                .redirectInput(new java.io.File("/dev/null"))
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
          throw new AssertionError(
              this + " did not end within " + LIMIT_MINUTES + " min: " + Files.readString(output));
        }
        return new Result(process.exitValue(), Files.readString(output));
      } finally {
        Files.delete(output);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(this + " cannot be run", e);
    }
  }

  /** Runs it and fails, with all that it said, if it does. */
  void runWell() {
    Result result = run();
    if (result.status() != 0) {
      throw new AssertionError(
          this + " ended with status " + result.status() + ": " + result.output());
    }
  }

  @Override
  public String toString() {
    return String.join(" ", command);
  }
}
