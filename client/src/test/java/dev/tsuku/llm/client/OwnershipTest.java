package dev.tsuku.llm.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.client.ClientException.Kind;
import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real sockets whose owner is another; only root can give files away. */
@Timeout(60)
class OwnershipTest {

  private static final int STRANGER = 54321;

  private Home home = new Home(Path.of("/nowhere"));

  /** Under a short directory, so that the socket's path fits. */
  @BeforeEach
  void newHome() throws IOException {
    home = new Home(Files.createTempDirectory(Path.of("/tmp"), "tk"));
  }

  @AfterEach
  void removeHome() throws IOException {
    Files.setPosixFilePermissions(home.directory(), PosixFilePermissions.fromString("rwx------"));
    try (Stream<Path> files = Files.list(home.directory())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(home.directory());
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static void giveAway(Path path) throws IOException {
    assumeTrue(isRoot(), "only root can give a file to another user");
    Files.setAttribute(path, "unix:uid", STRANGER);
  }

  /** A daemon that hangs up on everybody, as one does on strangers. */
  private ServerSocketChannel hangingUp() throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(home.socket()));
    Thread.ofPlatform().daemon().start(() -> hangUp(server));
    return server;
  }

  private static void hangUp(ServerSocketChannel server) {
    try {
      while (server.isOpen()) {
        try (SocketChannel connection = server.accept()) {
          assertThat(connection.isOpen()).isTrue();
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private static ClientException failureOf(ThrowingCallable call) {
    ClientException failure = catchThrowableOfType(ClientException.class, call);
    assertThat(failure).isNotNull();
    return failure;
  }

  @Test
  void a_daemon_that_hangs_up_and_is_another_users_is_called_so() throws IOException {
    try (ServerSocketChannel _ = hangingUp()) {
      giveAway(home.socket());
      assertThat(failureOf(() -> TsukuClient.connect(home)))
          .returns(Kind.FORBIDDEN, ClientException::kind)
          .hasMessage(
              "The daemon in %s belongs to user %d; you are user root (uid 0). Run this as user %d, or set TSUKU_HOME to a directory of your own.",
              home.directory(), STRANGER, STRANGER);
    }
  }

  @Test
  void another_users_daemon_is_neither_waited_for_nor_replaced() throws IOException {
    try (ServerSocketChannel _ = hangingUp()) {
      giveAway(home.socket());
      assertThat(
              failureOf(() -> TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("normal"))))
          .returns(Kind.FORBIDDEN, ClientException::kind);
      assertThat(FakeDaemonMain.winners(home)).doesNotExist();
    }
  }

  @Test
  void a_daemon_of_ones_own_that_hangs_up_has_gone() throws IOException {
    try (ServerSocketChannel _ = hangingUp()) {
      assertThat(failureOf(() -> TsukuClient.connect(home)))
          .returns(Kind.GONE, ClientException::kind);
    }
  }

  @Test
  void root_starts_no_daemon_in_another_users_home() throws IOException {
    giveAway(home.directory());
    assertThat(failureOf(() -> TsukuClient.connectOrStart(home, FakeDaemonMain.launcher("normal"))))
        .returns(Kind.FORBIDDEN, ClientException::kind)
        .hasMessage(
            "The directory %s belongs to user %d; you are user root (uid 0), and a daemon of yours would lock its owner out. Run this as user %d, or set TSUKU_HOME to a directory of your own.",
            home.directory(), STRANGER, STRANGER);
    assertThat(home.directory()).isEmptyDirectory();
  }

  @Test
  void root_makes_no_home_in_another_users_directory() throws IOException {
    giveAway(home.directory());
    Home below = new Home(home.directory().resolve("a/b"));
    assertThat(
            failureOf(() -> TsukuClient.connectOrStart(below, FakeDaemonMain.launcher("normal"))))
        .returns(Kind.FORBIDDEN, ClientException::kind)
        .hasMessageStartingWith("The directory " + home.directory() + " belongs to");
    assertThat(home.directory()).isEmptyDirectory();
  }

  @Test
  void in_another_users_home_without_a_daemon_none_is_running() throws IOException {
    giveAway(home.directory());
    assertThat(failureOf(() -> TsukuClient.connect(home)))
        .returns(Kind.NOT_RUNNING, ClientException::kind);
  }

  @Test
  void a_home_whose_mode_keeps_its_owner_out_is_named() throws IOException {
    assumeFalse(isRoot(), "root is kept out by no mode");
    Files.setPosixFilePermissions(home.directory(), PosixFilePermissions.fromString("---------"));
    assertThat(failureOf(() -> TsukuClient.connect(home)))
        .returns(Kind.FORBIDDEN, ClientException::kind)
        .hasMessage(
            "The directory %s may not be used. 'ls -ld %s' shows its owner and its mode.",
            home.directory(), home.directory());
  }
}
