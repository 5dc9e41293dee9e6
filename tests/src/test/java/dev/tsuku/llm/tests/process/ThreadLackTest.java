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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A daemon whose user may have no more threads for a while works again afterwards. */
@Timeout(180)
class ThreadLackTest {

  /** A user of the tests' own, since all processes of a user count. */
  private static final int SELF = 54_329;

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(20);

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();
  private Path home = Path.of("");

  @BeforeEach
  void makeHome() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can be another user");
    assumeTrue(Files.exists(Path.of("/usr/bin/prlimit")), "prlimit is missing, of util-linux");
    Files.setPosixFilePermissions(directory.path(), PosixFilePermissions.fromString("rwxr-xr-x"));
    home = Files.createDirectory(directory.resolve("h"));
    assumeTrue(
        tsuku().run("--version").status() == 0, "other users cannot run what was built here");
    TinyGguf.saying("Hello.")
        .writeTo(Files.createDirectory(home.resolve("models")).resolve("m.gguf"));
    Files.setAttribute(home, "unix:uid", SELF);
  }

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home).as(SELF);
  }

  /** Sets how many threads a daemon's user may have when the daemon starts one. */
  private void allow(RunningDaemon daemon, int threads) throws Exception {
    Process set =
        new ProcessBuilder(
                List.of(
                    "setpriv",
                    "--reuid=" + SELF,
                    "--regid=" + SELF,
                    "--clear-groups",
                    "prlimit",
                    "--pid=" + daemon.pid(),
                    "--nproc=" + threads + ":4096"))
            .inheritIO()
            .start();
    assertThat(set.waitFor()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "TERM"})
  void what_cannot_get_a_thread_fails_alone_and_later_all_is_well(String end) throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home)) {
      allow(daemon, 1);
      for (int time = 0; time < 3; time++) {
        Result refused = tsuku().run("complete", "Hi");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err().lines()).singleElement().asString().contains("'ulimit -u'");
        assertThat(refused.err()).contains("processes and threads is 1").doesNotContain("java");
        assertThat(tsuku().run("status").out()).contains("pid        " + daemon.pid());
      }
      allow(daemon, 4096);
      assertThat(tsuku().run("complete", "Hi")).isEqualTo(new Result(0, "Hello.\n", ""));
      if (end.equals("stop")) {
        assertThat(tsuku().run("stop").out()).isEqualTo("stopped\n");
      } else {
        daemon.signal(end);
      }
      assertThat(daemon.awaitExit(ENDS_WITHIN)).isZero();
      Leftovers.assertNone(home);
    }
  }

  @Test
  void a_daemon_without_another_thread_can_be_stopped() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home)) {
      allow(daemon, 1);
      assertThat(tsuku().run("complete", "Hi").status()).isEqualTo(1);
      assertThat(tsuku().run("stop").out()).isEqualTo("stopped\n");
      assertThat(daemon.awaitExit(ENDS_WITHIN)).isZero();
      Leftovers.assertNone(home);
    }
  }

  @Test
  @Tag("long")
  void calls_find_a_thread_also_after_a_daemon_has_long_been_idle() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home)) {
      assertThat(tsuku().run("complete", "Hi").status()).isZero();
      // A carrier without work ends after 30 s.
      assertThat(new ProcessBuilder("sleep", "65").start().waitFor()).isZero();
      allow(daemon, 1);
      assertThat(tsuku().run("complete", "Hi")).isEqualTo(new Result(0, "Hello.\n", ""));
      assertThat(tsuku().run("stop").out()).isEqualTo("stopped\n");
    }
  }
}
