package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A copy of the program starts as quickly as the program: with the cache of linked classes. */
@Timeout(300)
class CopiesTest {

  private static final int OTHER_USER = 12345;

  private static final String USED = "the cache is used: ";

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  private Path copy = Path.of("");
  private Path home = Path.of("");

  @BeforeEach
  void copy_the_program() throws Exception {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/proc/self/maps")), "this test needs /proc to see what is mapped");
    Path app = TsukuCommand.launcher().resolveSibling("..").normalize();
    Assumptions.assumeTrue(
        Files.exists(app.resolve("cache/ask.aot")), "the build made no cache of classes");
    copy = directory.resolve("prögram");
    home = Files.createDirectory(directory.resolve("home"));
    exec("cp", "-r", app.toString(), copy.toString());
    // As a copy that was made another day; copies within the second of the build look untouched.
    try (Stream<Path> jars = Files.list(copy.resolve("lib"))) {
      for (Path jar : jars.toList()) {
        Files.setLastModifiedTime(jar, FileTime.fromMillis(System.currentTimeMillis() - 60_000));
      }
    }
  }

  private static void exec(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private Process serve(String... prefix) throws IOException {
    List<String> command = new ArrayList<>(List.of(prefix));
    command.addAll(List.of(copy.resolve("bin/tsuku-llm").toString(), "serve"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("TSUKU_"));
    builder.environment().put("TSUKU_HOME", home.toString());
    return builder
        .redirectOutput(directory.resolve("out").toFile())
        .redirectError(directory.resolve("err").toFile())
        .start();
  }

  /**
   * Whether the JVM takes the cache of the commands for a jar; this way it fails where it does not.
   * (JDK 25.0.3 takes both caches whatever the times of the jars are, as long as all classes of a
   * start are in them; it says that it does not, so the times are what is looked at as well.)
   */
  private boolean fitsCache(String jar) throws IOException, InterruptedException {
    Process java =
        new ProcessBuilder(
                copy.resolve("runtime/bin/java").toString(),
                "-XX:AOTMode=on",
                "-XX:AOTCache=" + copy.resolve("cache/ask.aot"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-AOTRecordTraining",
                "-XX:-AOTReplayTraining",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--sun-misc-unsafe-memory-access=allow",
                "-jar",
                jar,
                "--version")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("java").toFile())
            .start();
    return java.waitFor() == 0;
  }

  /** Whether a daemon uses its cache, and how it was started, once its log has these words. */
  private String serveUntil(String words, String... prefix) throws Exception {
    Files.deleteIfExists(home.resolve("llm.log"));
    Process daemon = serve(prefix);
    try {
      await(daemon, words);
      String line = Files.readString(Path.of("/proc/" + daemon.pid() + "/cmdline"));
      return (fitsCache(line.replaceFirst("(?s).*\0-jar\0([^\0]*)\0.*", "$1"))
              ? USED
              : "no cache: ")
          + line;
    } finally {
      stop(daemon);
    }
  }

  private void await(Process daemon, String words) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    Path log = home.resolve("llm.log");
    while (!Files.exists(log) || !Files.readString(log).contains(words)) {
      assertThat(daemon.isAlive()).as(Files.readString(directory.resolve("err"))).isTrue();
      assertThat(System.nanoTime()).as("waiting for '" + words + "'").isLessThan(deadline);
      boolean ignored = daemon.waitFor(20, TimeUnit.MILLISECONDS);
    }
  }

  private static void stop(Process daemon) throws InterruptedException {
    daemon.destroy();
    assertThat(daemon.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_copy_uses_its_cache_from_the_second_start_on() throws Exception {
    assertThat(hasTimesOfTheBuild(copy.resolve("lib"))).as("before the first start").isFalse();
    assertThat(serveUntil("restored the times of the jars")).contains(USED);
    assertThat(hasTimesOfTheBuild(copy.resolve("lib"))).isTrue();
    assertThat(serveUntil("ready after")).contains(USED);
    assertThat(home.resolve("cache/classes")).doesNotExist();
  }

  @Test
  void where_the_program_belongs_to_somebody_else_the_home_gets_copies_of_the_jars()
      throws Exception {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "only root can be another user");
    exec("chmod", "-R", "go+rX", directory.path().toString());
    exec("chown", "-R", Integer.toString(OTHER_USER), home.toString());
    exec("touch", directory.resolve("out").toString(), directory.resolve("err").toString());
    String[] other = {
      "setpriv", "--reuid=" + OTHER_USER, "--regid=" + OTHER_USER, "--clear-groups"
    };
    assertThat(serveUntil("copied the jars of", other)).contains("-jar\0" + copy.resolve("lib"));
    Path classes = home.resolve("cache/classes");
    try (Stream<Path> builds = Files.list(classes)) {
      assertThat(builds)
          .singleElement()
          .satisfies(
              build -> {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(build)))
                    .isEqualTo("rwx------");
                assertThat(hasTimesOfTheBuild(build)).isTrue();
              });
    }
    assertThat(serveUntil("ready after", other))
        .contains(USED, "-jar\0" + classes, "tsuku-llm-cli-");
    FileTime newer = FileTime.fromMillis(System.currentTimeMillis() + 5_000);
    Files.setLastModifiedTime(jar("grpc-api"), newer);
    assertThat(serveUntil("ready after", other))
        .as("a jar that was replaced is the one that counts")
        .contains("-jar\0" + copy.resolve("lib"));
  }

  private boolean hasTimesOfTheBuild(Path jars) throws IOException {
    long written = Long.parseLong(Files.readAllLines(copy.resolve("cache/jars")).getFirst());
    try (Stream<Path> files = Files.list(jars)) {
      for (Path jar : files.toList()) {
        if (Files.getLastModifiedTime(jar).to(TimeUnit.SECONDS) != written) {
          return false;
        }
      }
    }
    return true;
  }

  private Path jar(String name) throws IOException {
    try (Stream<Path> jars = Files.list(copy.resolve("lib"))) {
      return jars.filter(path -> path.toString().contains(name)).findFirst().orElseThrow();
    }
  }

  @Test
  void jars_that_are_not_those_of_the_build_get_neither_its_times_nor_copies() throws Exception {
    Files.write(jar("jsr305"), new byte[] {0}, StandardOpenOption.APPEND);
    serveUntil("are not those of its build");
    assertThat(hasTimesOfTheBuild(copy.resolve("lib"))).isFalse();
    assertThat(home.resolve("cache/classes")).doesNotExist();
  }
}
