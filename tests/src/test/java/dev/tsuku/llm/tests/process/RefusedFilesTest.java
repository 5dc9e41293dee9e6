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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a daemon finds in its home, or what is done there behind its back. */
@Timeout(180)
class RefusedFilesTest {

  /** In KiB: what no Java runs in, what one runs in that has no room for a daemon, and between. */
  private static final List<Integer> TOO_SMALL =
      List.of(
          300_000, 700_000, 1_200_000, 1_900_000, 2_200_000, 2_400_000, 2_600_000, 3_000_000,
          3_400_000);

  private static final int SELF = 12_345;
  private static final int OTHER = 12_346;

  private static final int LARGE_ENOUGH = 3_407_872;

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  private static void assertOneSentence(Result result, String... words) {
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines()).singleElement().asString().startsWith("tsuku-llm: ");
    assertThat(result.err()).contains(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llm.log", "llm.crash.log", "llm.sock.lock"})
  void a_link_in_the_place_of_a_file_of_its_own_is_refused(String name) throws IOException {
    Path precious = Files.writeString(home.resolve("precious"), "precious");
    Files.createSymbolicLink(home.resolve(name), precious);
    assertOneSentence(
        tsuku().run("serve"), home.resolve(name).toString(), "it is a symbolic link", "Remove it");
    assertThat(precious).hasContent("precious");
    assertThat(home.resolve("llm.sock")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llm.log", "llm.crash.log", "llm.sock.lock"})
  void another_users_file_is_refused(String name) throws IOException {
    Path file = Files.writeString(home.resolve(name), "");
    assumeTrue(
        Integer.valueOf(0).equals(Files.getAttribute(file, "unix:uid")),
        "only root can give a file away");
    Files.setAttribute(file, "unix:uid", 65534);
    assertOneSentence(tsuku().run("serve"), file.toString(), "it belongs to user");
    assertThat(file).exists();
  }

  @Test
  void another_users_configuration_is_refused() throws IOException {
    Path config = Files.writeString(home.resolve("config.toml"), "[llm]\n");
    assumeTrue(
        Integer.valueOf(0).equals(Files.getAttribute(config, "unix:uid")),
        "only root can give a file away");
    Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.setPosixFilePermissions(home.path(), PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.setAttribute(config, "unix:uid", OTHER);
    Files.setAttribute(home.path(), "unix:uid", SELF);
    Result refused = tsuku().as(SELF).run("serve");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains(config.toString(), "it belongs to user " + OTHER);
  }

  @Test
  void a_log_that_is_removed_comes_back_with_the_next_line() throws Exception {
    Files.createDirectory(home.resolve("models"));
    TinyGguf.slow().writeTo(home.resolve("models/slow.gguf"));
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path())) {
      Files.delete(home.resolve("llm.log"));
      assertThat(tsuku().run("complete", "--max-tokens", "1", "Hi").status()).isZero();
      assertThat(daemon.log()).contains("tokens in");
      Files.move(home.resolve("llm.log"), home.resolve("kept.log"));
      assertThat(tsuku().run("complete", "--max-tokens", "1", "Hi").status()).isZero();
      assertThat(daemon.log()).contains("tokens in");
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(Duration.ofSeconds(20))).isZero();
      assertThat(daemon.log()).contains("stopped in");
    }
  }

  @Test
  void nobody_else_may_read_what_was_computed() throws Exception {
    Files.createDirectory(home.resolve("models"));
    TinyGguf.slow().writeTo(home.resolve("models/slow.gguf"));
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path())) {
      String prompt = "What now? ".repeat(100);
      assertThat(tsuku().run("complete", "--max-tokens", "1", prompt).status()).isZero();
      // A second after the last request, what was computed is written.
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (!tsuku().run("cache", "--json").out().matches("(?s).*\"blocks\":[1-9].*")) {
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(Duration.ofSeconds(20))).isZero();
    }
    List<String> modes = new ArrayList<>();
    try (Stream<Path> all = Files.walk(home.resolve("cache"))) {
      for (Path path : all.toList()) {
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        assertThat(mode)
            .as(path.toString())
            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
        modes.add(mode);
      }
    }
    assertThat(modes).contains("rw-------");
  }

  private Result serveWithin(int kibibytes) {
    return tsuku()
        .through("sh", "-c", "ulimit -v " + kibibytes + " && exec \"$@\"", "sh")
        .run("serve", "--idle-timeout", "300ms");
  }

  @Test
  void with_too_little_address_space_it_fails_in_one_sentence_and_leaves_nothing()
      throws IOException {
    for (int kibibytes : TOO_SMALL) {
      assertOneSentence(serveWithin(kibibytes), kibibytes + " KiB", "ulimit -v");
      Leftovers.assertNone(home.path());
    }
    Result enough = serveWithin(LARGE_ENOUGH);
    assertThat(enough.err()).isEmpty();
    assertThat(enough.status()).isZero();
    Leftovers.assertNone(home.path());
  }

  @Test
  void the_least_address_space_that_is_allowed_is_enough_for_an_answer() throws IOException {
    TsukuCommand within =
        tsuku()
            .with("TSUKU_LLM_IDLE_TIMEOUT", "1s")
            .through("sh", "-c", "ulimit -v " + LARGE_ENOUGH + " && exec \"$@\"", "sh");
    Result answer = within.run("complete", "--model", "builtin", "--max-tokens", "3", "Hi");
    assertThat(answer.err()).doesNotContain("engine", "thread");
    assertThat(answer.status()).isZero();
    assertThat(within.run("stop").status()).isZero();
  }
}
