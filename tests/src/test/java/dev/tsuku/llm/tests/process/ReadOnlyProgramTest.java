package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The program in a directory that its user cannot write, with a name beyond ASCII, and in
 * environments that have next to nothing.
 */
@Timeout(300)
class ReadOnlyProgramTest {

  private static final String NAME = "prögram \u2713";
  private static final int OTHER_USER = 12345;
  private static final boolean IS_ROOT = System.getProperty("user.name").equals("root");

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();
  private Path program = Path.of("");
  private Path home = Path.of("");

  @BeforeEach
  void copy_the_program() throws Exception {
    Path parent = Files.createDirectory(directory.resolve(NAME));
    program = parent.resolve("tsuku-llm");
    home = Files.createDirectory(directory.resolve("hömé"));
    exec("cp", "-rp", LinkedProgram.whole().toString(), program.toString());
    exec("chmod", "-R", "go+rX", directory.path().toString());
    if (IS_ROOT) {
      exec("chown", Integer.toString(OTHER_USER), home.toString());
    }
    exec("chmod", "-R", "a-w", parent.toString());
  }

  @AfterEach
  void let_it_be_removed() throws Exception {
    exec("chmod", "-R", "u+w", directory.resolve(NAME).toString());
  }

  private static void exec(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** Runs it in an environment of these variables only, as somebody who may not write there. */
  private Result run(List<String> variables, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    if (IS_ROOT) {
      // Root may write anywhere.
      command.addAll(
          List.of("setpriv", "--reuid=" + OTHER_USER, "--regid=" + OTHER_USER, "--clear-groups"));
    }
    return runAsSelf(command, variables, arguments);
  }

  private Result runAsSelf(List<String> prefix, List<String> variables, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("env", "-i"));
    command.addAll(variables);
    command.add(program.resolve("bin/tsuku-llm").toString());
    command.addAll(List.of(arguments));
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " does not end");
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(program)) {
      return all.map(Path::toString).sorted().toList();
    }
  }

  @Test
  void it_answers_and_stops_and_leaves_nothing_there() throws Exception {
    List<String> before = files();
    assertThat(Files.isDirectory(program.resolve("runtime"))).isTrue();
    String variable = "TSUKU_HOME=" + home;
    for (List<String> variables : List.of(List.of(variable, "LC_ALL=POSIX"), List.of(variable))) {
      Result answer =
          run(variables, "complete", "--model", "builtin", "--max-tokens", "3", "--json", "Wörld");
      assertThat(answer.err()).isEmpty();
      assertThat(answer.out()).contains("\"model\":\"builtin\"");
      assertThat(answer.status()).isZero();
      assertThat(run(variables, "status").out()).contains(home.toString());
      assertThat(run(variables, "stop").status()).isZero();
      Leftovers.assertNone(home);
    }
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void without_any_variable_it_runs_and_finds_the_home_of_its_user() throws Exception {
    Path schema = Files.writeString(directory.resolve("größe.json"), "{\"const\": \"\u2713\"}");
    Files.setPosixFilePermissions(schema, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(run(List.of(), "--version").out()).startsWith("tsuku-llm ");
    Result checked = run(List.of(), "schema", "check", schema.toString());
    assertThat(checked.err()).isEmpty();
    assertThat(checked.out()).isEqualTo(schema + " is supported.\n");
    // It only asks, so that nothing is started in the home of whoever runs this test.
    Result status = runAsSelf(List.of(), List.of(), "status");
    assertThat(status.out() + status.err())
        .contains(Path.of(System.getProperty("user.home"), ".tsuku").toString());
  }
}
