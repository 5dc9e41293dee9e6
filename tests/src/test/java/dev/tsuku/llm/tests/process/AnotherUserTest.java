package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A command in a home that is another user's says so, at once, and touches nothing. */
@Timeout(180)
class AnotherUserTest {

  /** Users that have no name on any machine. */
  private static final int OWNER = 54321;

  private static final int STRANGER = 54322;
  private static final String ROOT = "user root (uid 0)";

  /** Less than any wait for a daemon takes; starting a JVM is all there is to do. */
  private static final Duration AT_ONCE = Duration.ofSeconds(5);

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();
  private Path home = Path.of("");

  @BeforeEach
  void makeHome() throws IOException {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "only root can act for another user");
    assumeTrue(
        Stream.of("/usr/bin/setpriv", "/bin/setpriv").map(Path::of).anyMatch(Files::isExecutable),
        "setpriv is missing, which this test needs; on Debian, util-linux brings it");
    chmod(directory.path(), "rwxr-xr-x");
    home = Files.createDirectory(directory.resolve("h"));
    assumeTrue(
        tsuku().as(OWNER).run("--version").status() == 0,
        "other users cannot run what was built here");
    chmod(home, "rwx------");
    Files.setAttribute(home, "unix:uid", OWNER);
  }

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home);
  }

  private static void chmod(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private void assertAllSay(TsukuCommand command, String sentence) {
    for (List<String> arguments :
        List.of(
            List.of("status"),
            List.of("status", "--json"),
            List.of("stop"),
            List.of("complete", "Hi"))) {
      long started = System.nanoTime();
      Result result = command.run(arguments.toArray(String[]::new));
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      assertThat(result)
          .as(arguments.toString())
          .isEqualTo(new Result(1, "", "tsuku-llm: " + sentence + "\n"));
      assertThat(took).as(arguments.toString()).isLessThan(AT_ONCE);
    }
  }

  private String belongs(String what, String to) {
    return what
        + " belongs to user "
        + OWNER
        + "; you are "
        + to
        + ". Run this as user "
        + OWNER
        + ", or set TSUKU_HOME to a directory of your own.";
  }

  @Test
  void whoever_is_let_in_by_no_mode_is_told_whose_daemon_it_is() throws IOException {
    Path socket = home.resolve("llm.sock");
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku().as(OWNER), home)) {
      assertAllSay(tsuku(), belongs("The daemon in " + home, ROOT));
      String kept = "user " + STRANGER + " and may not use it";
      assertAllSay(tsuku().as(STRANGER), belongs("The directory " + home, kept));
      chmod(home, "rwxr-xr-x");
      assertAllSay(tsuku().as(STRANGER), belongs("The socket " + socket, kept));
      chmod(socket, "rw-rw-rw-");
      assertAllSay(tsuku().as(STRANGER), belongs("The daemon in " + home, "user " + STRANGER));
      assertThat(tsuku().as(OWNER).run("status", "--json").out())
          .contains("\"pid\":" + daemon.pid());
    }
  }

  @Test
  void root_starts_nothing_in_a_users_home() {
    assertThat(tsuku().run("complete", "Hi"))
        .isEqualTo(
            new Result(
                1,
                "",
                "tsuku-llm: "
                    + belongs(
                        "The directory " + home,
                        ROOT + ", and a daemon of yours would lock its owner out")
                    + "\n"));
    assertThat(tsuku().run("status").out()).startsWith("No daemon is running in " + home);
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void a_config_file_that_may_not_be_seen_is_not_called_missing() {
    assertThat(tsuku().as(STRANGER).run("config").out())
        .contains("config.toml (out of your reach)");
    assertThat(tsuku().run("config").out()).contains("config.toml (does not exist)");
  }

  @Test
  void a_home_whose_mode_keeps_its_owner_out_is_named() throws IOException {
    chmod(home, "---------");
    assertAllSay(
        tsuku().as(OWNER),
        "The directory "
            + home
            + " may not be used. 'ls -ld "
            + home
            + "' shows its owner and its mode.");
  }

  @Test
  void a_directory_that_is_open_to_others_serves_whoever_comes_first() throws IOException {
    chmod(home, "rwxrwxrwx");
    TinyGguf.saying("Hello.")
        .writeTo(Files.createDirectory(home.resolve("models")).resolve("m.gguf"));
    try {
      assertThat(tsuku().as(STRANGER).run("complete", "Hi"))
          .isEqualTo(new Result(0, "Hello.\n", ""));
    } finally {
      assertThat(tsuku().as(STRANGER).run("stop").out()).isEqualTo("stopped\n");
    }
  }
}
