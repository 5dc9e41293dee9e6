package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where Java cannot start, the launcher says why; where it can, nothing of its user's stops it. */
@Timeout(180)
class LauncherTest {

  private static final int ANOTHER = 54_321;

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();
  private Path home = Path.of("");
  private Path app = Path.of("");

  @BeforeEach
  void make_a_home() throws IOException {
    home = Files.createDirectory(directory.resolve("h"));
    app = LinkedProgram.whole();
  }

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home);
  }

  private TsukuCommand within(String limits) {
    return tsuku().through("sh", "-c", limits + " && exec \"$@\"", "sh");
  }

  private void assertRefused(Result result, String... words) throws IOException {
    assertThat(result.err().lines()).singleElement().asString().startsWith("tsuku-llm: ");
    assertThat(result.err()).contains(words).doesNotContain("java.lang", "VM");
    assertThat(result.out()).isEmpty();
    assertThat(result.status()).isEqualTo(1);
    assertThat(home).isEmptyDirectory();
  }

  private void assertServes(Result result) throws IOException {
    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    Leftovers.assertNone(home);
  }

  @ParameterizedTest
  @CsvSource({
    "ulimit -n 20, files that this process may have open is 20, 'ulimit -n 1024'",
    "ulimit -s 32, stack is 32 KiB, 'ulimit -s 8192'",
    "ulimit -d 100000, data is 100000 KiB, 'ulimit -d unlimited'",
  })
  void a_limit_that_java_cannot_start_in_is_named(String limit, String found, String advice)
      throws IOException {
    for (String command : List.of("serve", "status")) {
      assertRefused(within(limit).run(command), found, advice);
    }
  }

  @Test
  void a_limit_of_processes_that_java_cannot_start_in_is_named() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can be another user");
    assumeTrue(Files.exists(Path.of("/usr/bin/prlimit")), "prlimit is missing, of util-linux");
    Files.setPosixFilePermissions(directory.path(), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setAttribute(home, "unix:uid", ANOTHER);
    assumeTrue(
        tsuku().as(ANOTHER).run("--version").status() == 0,
        "other users cannot run what was built here");
    for (String command : List.of("serve", "status")) {
      Result refused = tsuku().through("prlimit", "--nproc=6:6").as(ANOTHER).run(command);
      assertRefused(refused, "processes and threads is 6", "'ulimit -u'");
    }
    // From here on it is enough for the first threads, and somewhere for all of them.
    for (int limit = 12; limit <= 20; limit++) {
      Result result =
          tsuku()
              .through("prlimit", "--nproc=" + limit + ":" + limit)
              .as(ANOTHER)
              .run("serve", "--idle-timeout", "300ms");
      assertThat(result.err()).doesNotContain("java.lang");
      assertThat(result.err().lines())
          .hasSize(result.status())
          .allMatch(it -> it.contains("ulimit -u"));
      Leftovers.assertNone(home);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ulimit -Sn 20", "ulimit -f 0", "ulimit -n 128", "ulimit -c 0"})
  void a_limit_that_java_can_start_in_is_not(String limit) throws IOException {
    assertServes(within(limit).run("serve", "--idle-timeout", "300ms"));
  }

  @Test
  void what_is_meant_for_other_programs_in_java_has_no_effect() throws IOException {
    TsukuCommand tsuku = tsuku();
    for (String variable :
        List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JDK_AOT_VM_OPTIONS")) {
      tsuku.with(variable, "-XX:NoSuchOption");
    }
    tsuku.with("CLASSPATH", "/nowhere").with("JAVA_HOME", "/nowhere");
    assertServes(tsuku.run("serve", "--idle-timeout", "300ms"));
    Result version = tsuku.run("--version");
    assertThat(version.err()).isEmpty();
    assertThat(version.status()).isZero();
  }

  @Test
  void a_path_without_any_program_keeps_no_command_from_its_work() throws IOException {
    TsukuCommand tsuku = tsuku().with("PATH", "/nowhere");
    Result version = tsuku.run("--version");
    assertThat(version.err()).isEmpty();
    assertThat(version.status()).isZero();
    assertServes(tsuku.run("serve", "--idle-timeout", "300ms"));
  }

  @Test
  void without_proc_java_cannot_start_which_is_said() throws Exception {
    String[] apart = {"unshare", "-m", "sh", "-c", "umount -l /proc && exec \"$@\"", "sh"};
    Process can =
        new ProcessBuilder(Stream.concat(Stream.of(apart), Stream.of("true")).toList()).start();
    assumeTrue(
        can.waitFor(20, TimeUnit.SECONDS) && can.exitValue() == 0, "only root can take /proc away");
    for (String command : List.of("serve", "status")) {
      assertRefused(tsuku().through(apart).run(command), "no /proc", "mount -t proc");
    }
  }

  private Path programWithout(String part) throws IOException {
    return LinkedProgram.without(part, directory.resolve("p"));
  }

  private Result run(Path program, String... arguments) {
    String[] words = {
      "sh", "-c", "shift; program=" + program + "/bin/tsuku-llm; exec \"$program\" \"$@\"", "sh"
    };
    return tsuku().with("TSUKU_LLM_THREADS", "").through(words).run(arguments);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"runtime/lib/server/libjvm.so", "runtime/lib/modules", "runtime/bin/java"})
  void a_runtime_that_is_not_complete_is_named(String part) throws IOException {
    assumeTrue(Files.exists(app.resolve(part)), "named otherwise on this system");
    Path program = programWithout(part);
    for (String command : List.of("serve", "status")) {
      assertRefused(run(program, command), "is not complete", "Install it again");
    }
  }

  @Test
  void a_java_for_another_system_is_named() throws IOException {
    assumeTrue(
        Files.exists(Path.of("/bin/dash"))
            && Files.isSameFile(Path.of("/bin/sh"), Path.of("/bin/dash")),
        "only some shells can say this");
    Path program = programWithout("runtime/bin/java");
    // As large as the real one, since another size means that it is damaged.
    String start = "#!/nowhere/ld-other.so\n";
    int size = Math.toIntExact(Files.size(app.resolve("runtime/bin/java")));
    Path java =
        Files.writeString(
            program.resolve("runtime/bin/java"), start + "#".repeat(size - start.length()));
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Result refused = run(program, "serve");
    assertThat(refused.status()).isNotZero();
    assertThat(refused.err().lines()).singleElement().asString().contains("cannot run " + java);
    assertThat(home).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1000, 1_000_000})
  void a_cache_of_classes_that_is_missing_or_cut_off_is_left_aside(int bytes) throws IOException {
    assumeTrue(Files.exists(app.resolve("cache/serve.aot")), "the build made no cache of classes");
    Path program = programWithout("cache/serve.aot");
    if (bytes >= 0) {
      try (var whole = Files.newInputStream(app.resolve("cache/serve.aot"))) {
        Files.write(program.resolve("cache/serve.aot"), whole.readNBytes(bytes));
      }
    }
    assertServes(run(program, "serve", "--idle-timeout", "300ms"));
  }

  /** Without a Java that could say it. */
  @Test
  void a_start_that_has_lost_says_so_without_java() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/locks")), "only Linux lists the holders of locks");
    Path program = programWithout("runtime/bin/java");
    Path lock = home.resolve("llm.sock.lock");
    try (RunningDaemon first = RunningDaemon.serve(tsuku(), home)) {
      for (String arguments :
          List.of("serve", "serve --idle-timeout 5m0s", "serve --idle-timeout=90")) {
        Result lost = run(program, arguments.split(" "));
        assertThat(lost.status()).isEqualTo(1);
        assertThat(lost.err().lines())
            .singleElement()
            .asString()
            .contains("already running (pid " + first.pid() + ", since 20", lock.toString());
      }
      // What may be wrong otherwise is for Java to say, and so is all that is not certain.
      for (String arguments :
          List.of(
              "status",
              "serve --help",
              "serve --idle-timeout 5m30",
              "serve --idle-timeout 5x",
              "serve --idle-timeout=")) {
        assertThat(run(program, arguments.split(" ")).err()).contains("is not complete");
      }
      String own = Files.readString(lock);
      for (String content : List.of("", "1\n", own + "ending\n", own.strip(), "x\n")) {
        Files.writeString(lock, content);
        assertThat(run(program, "serve").err()).as(content).contains("is not complete");
      }
      Files.writeString(lock, own);
      assertThat(run(program, "serve").err()).contains("already running");
      Files.writeString(home.resolve("config.toml"), "[llm]\n");
      assertThat(run(program, "serve").err()).contains("is not complete");
      assertThat(first.isAlive()).isTrue();
    }
  }

  /** What is set may be wrong, which only Java can say. */
  @Test
  void where_any_setting_is_a_variable_the_launcher_leaves_the_decision_to_java()
      throws IOException {
    String launcher = Files.readString(TsukuCommand.launcher());
    List<String> variables =
        Pattern.compile("`(TSUKU_LLM_[A-Z_]+)`")
            .matcher(Files.readString(Path.of("../docs/settings.md")))
            .results()
            .map(found -> found.group(1))
            .distinct()
            // Any name may be a model's.
            .filter(name -> !name.equals("TSUKU_LLM_MODEL"))
            .toList();
    assertThat(variables).hasSizeGreaterThan(5);
    assertThat(variables).allSatisfy(name -> assertThat(launcher).contains("${" + name + "-}"));
  }
}
