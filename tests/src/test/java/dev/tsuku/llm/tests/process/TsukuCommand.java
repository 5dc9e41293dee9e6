package dev.tsuku.llm.tests.process;

import dev.tsuku.llm.protocol.Version;
import dev.tsuku.llm.testkit.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The packaged {@code tsuku-llm}, run as a process of its own in an environment of its own. */
public final class TsukuCommand {

  private static final long LIMIT_SECONDS = 60;

  private final Map<String, String> environment = new TreeMap<>();

  private final List<String> prefix = new ArrayList<>();

  private TsukuCommand() {}

  /**
   * The command with one home and one computing thread (threads of llama.cpp wait by spinning, and
   * tests share their cores).
   */
  public static TsukuCommand in(Path home) {
    return new TsukuCommand().with("TSUKU_HOME", home.toString()).with("TSUKU_LLM_THREADS", "1");
  }

  /** With one more variable in its environment. */
  public TsukuCommand with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** As another user, who has no other groups; only root can do that, with setpriv. */
  TsukuCommand as(int uid) {
    prefix.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups"));
    return this;
  }

  /** Started by another program, which gets the command line after its own arguments. */
  TsukuCommand through(String... words) {
    prefix.addAll(List.of(words));
    return this;
  }

  /** The launcher that users and clients start. */
  public static Path launcher() {
    Path launcher =
        SharedFiles.root()
            .resolve("packaging/target/tsuku-llm-" + Version.current() + "/bin/tsuku-llm");
    if (!Files.isExecutable(launcher)) {
      throw new IllegalStateException(
          launcher + " is missing. Package it first, with './mvnw package' or './tsuku-llm'.");
    }
    return launcher;
  }

  /** How a command ended. */
  public record Result(int status, String out, String err) {}

  /** Runs a command to its end. */
  public Result run(String... arguments) {
    return runReading("", arguments);
  }

  /** Runs a command that reads {@code input}. */
  Result runReading(String input, String... arguments) {
    try {
      Path out = Files.createTempFile("tsuku", ".out");
      Path err = Files.createTempFile("tsuku", ".err");
      Path in = Files.writeString(Files.createTempFile("tsuku", ".in"), input);
      try {
        Process process =
            builder(List.of(arguments))
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError(
              List.of(arguments) + " did not end within " + LIMIT_SECONDS + " s");
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        Files.delete(out);
        Files.delete(err);
        Files.delete(in);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A process that is yet to be started, in a clean environment. */
  ProcessBuilder builder(Collection<String> arguments) {
    List<String> command = new ArrayList<>(prefix);
    command.add(launcher().toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("TSUKU_"));
    builder.environment().putAll(environment);
    return builder;
  }
}
