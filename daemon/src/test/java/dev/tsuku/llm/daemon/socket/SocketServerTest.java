package dev.tsuku.llm.daemon.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.daemon.rpc.UnknownMethods;
import dev.tsuku.llm.protocol.Home;
import dev.tsuku.llm.testkit.LeakCheck;
import dev.tsuku.llm.testkit.ShortDirectory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
@ExtendWith(LeakCheck.class)
class SocketServerTest {

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  private Home home() {
    return new Home(directory.path());
  }

  private Set<String> files() throws IOException {
    try (Stream<java.nio.file.Path> files = Files.list(directory.path())) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  @Test
  void the_socket_is_its_owners_alone_and_nothing_else_is_left_beside_it() throws IOException {
    try (SocketServer server = open()) {
      assertThat(server.holds()).isTrue();
      assertThat(Files.getPosixFilePermissions(home().socket()))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      assertThat(files()).containsExactly("llm.sock");
      try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        assertThat(client.connect(UnixDomainSocketAddress.of(home().socket()))).isTrue();
      }
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void whatever_is_stale_is_replaced() throws IOException {
    Files.writeString(home().socket(), "a regular file");
    open().close();
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(home().socket()));
    }
    assertThat(home().socket()).exists();
    try (SocketServer server = open()) {
      assertThat(server.holds()).isTrue();
    }
  }

  @Test
  void what_another_put_in_its_place_is_left_alone() throws IOException {
    SocketServer server = open();
    Files.delete(home().socket());
    Files.writeString(home().socket(), "another's");
    assertThat(server.holds()).isFalse();
    server.close();
    assertThat(home().socket()).hasContent("another's");
  }

  @Test
  void a_directory_of_that_name_is_refused_and_kept() throws IOException {
    Files.createDirectory(home().socket());
    assertThatThrownBy(() -> open())
        .isInstanceOf(StartException.class)
        .hasMessageContaining("there is a directory of that name");
    assertThat(files()).containsExactly("llm.sock");
  }

  @Test
  void a_preparation_that_is_not_used_touches_no_file_and_ends_its_threads() throws IOException {
    ServerPreparation.begin(home(), SocketServerTest::none).close();
    assertThat(files()).isEmpty();
  }

  @Test
  void what_fails_while_it_is_prepared_is_told_to_whoever_opens() {
    ServerPreparation preparation =
        ServerPreparation.begin(
            home(),
            () -> {
              throw new IllegalStateException("no services");
            });
    assertThatThrownBy(preparation::open).hasMessage("no services");
  }

  private static Services none() {
    return new Services(List.of(), new UnknownMethods());
  }

  private SocketServer open() {
    try (ServerPreparation preparation = ServerPreparation.begin(home(), SocketServerTest::none)) {
      return preparation.open();
    }
  }
}
