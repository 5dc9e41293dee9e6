package dev.tsuku.llm.tests.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.tests.process.RawClient;
import dev.tsuku.llm.tests.process.RunningDaemon;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Another user of the machine gets nowhere; only root can play one, and needs tools for it. */
@Timeout(180)
class OtherUserTest {

  private static final Path PYTHON = Path.of("/usr/bin/python3");

  /** Says how many bytes it hears of a connection until its end, each time; or why it has none. */
  private static final String STRANGER =
      """
      import socket, sys
      for _ in range(int(sys.argv[2])):
          s = socket.socket(socket.AF_UNIX)
          s.settimeout(20)
          try:
              s.connect(sys.argv[1])
          except OSError as e:
              print(type(e).__name__)
              continue
          heard = b''
          try:
              s.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
              while True:
                  some = s.recv(1000)
                  if not some:
                      break
                  heard += some
          except (BrokenPipeError, ConnectionResetError):
              pass
          print(len(heard))
      """;

  @RegisterExtension final VictimHome home = new VictimHome();

  @BeforeEach
  void requireRootAndItsTools() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "only root can act for another user");
    assumeTrue(
        Stream.of("/usr/bin/setpriv", "/bin/setpriv").map(Path::of).anyMatch(Files::isExecutable),
        "setpriv is missing, which this test needs; on Debian, util-linux brings it");
    assumeTrue(
        Files.isExecutable(PYTHON),
        "python3 is missing, which this test needs; on Debian, python3-minimal brings it");
  }

  @Test
  void modes_keep_strangers_out_and_where_they_do_not_the_daemon_does() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(home.tsuku(), home.path())) {
      assertThat(strangerHears(1)).as("in a private directory").containsOnly("PermissionError");
      chmod(home.path(), "rwxr-xr-x");
      assertThat(strangerHears(1)).as("of a private socket").containsOnly("PermissionError");
      chmod(home.socket(), "rw-rw-rw-");
      assertThat(strangerHears(1)).as("of an open socket").containsOnly("0");
      assertThat(daemon.log()).contains("refused a connection of user");
      assertAnswers();
    }
  }

  @Test
  void a_stranger_who_keeps_trying_costs_nothing() throws Exception {
    try (RunningDaemon daemon = RunningDaemon.serve(home.tsuku(), home.path())) {
      chmod(home.path(), "rwxr-xr-x");
      chmod(home.socket(), "rw-rw-rw-");
      assertAnswers();
      long before = openFilesOf(daemon);
      assertThat(strangerHears(300)).hasSize(300).containsOnly("0");
      assertThat(openFilesOf(daemon)).isLessThan(before + 10);
      assertAnswers();
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(java.time.Duration.ofSeconds(10))).isZero();
      assertThat(daemon.err()).isEmpty();
    }
    home.assertNothingIsLeft();
  }

  private static void chmod(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static long openFilesOf(RunningDaemon daemon) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + daemon.pid() + "/fd"))) {
      return files.count();
    }
  }

  private Stream<String> strangerHears(int times) throws Exception {
    Process stranger =
        new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                PYTHON.toString(),
                "-c",
                STRANGER,
                home.socket().toString(),
                Integer.toString(times))
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .start();
    try {
      String said =
          new String(stranger.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertThat(stranger.waitFor()).as(said).isZero();
      return said.lines();
    } finally {
      stranger.destroyForcibly();
    }
  }

  private void assertAnswers() throws Exception {
    try (RawClient client = new RawClient(home.path())) {
      assertThat(
              client.blocking().complete(RawClient.ask("Hi").setMaxTokens(2).build()).getContent())
          .isNotEmpty();
    }
  }
}
