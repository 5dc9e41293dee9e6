package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What comes after a daemon that died with a model in memory. */
@Timeout(120)
class CrashTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  @BeforeEach
  void installModel() throws IOException {
    Path models = Files.createDirectory(home.resolve("models"));
    TinyGguf.slow().writeTo(models.resolve("slow.gguf"));
  }

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  private Path marker() {
    return home.resolve("llm.running");
  }

  private String contextAndNote() {
    assertThat(tsuku().run("complete", "--max-tokens", "1", "Hi").status()).isZero();
    String status = tsuku().run("status", "--json").out().strip();
    return status.replaceFirst(".*\"context_tokens\":(\\d+).*", "$1")
        + " "
        + status.replaceFirst(".*\"note\":\"([^\"]*)\".*", "$1");
  }

  @Test
  void the_next_one_uses_less_room_once_and_says_so() throws IOException {
    String usual;
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path())) {
      usual = contextAndNote();
      assertThat(usual).matches("\\d+ ").as("nothing to be noted");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(marker())))
          .isEqualTo("rw-------");
      daemon.signal("KILL");
      daemon.awaitExit(SOON);
    }
    int half = Integer.parseInt(usual.strip()) / 2;
    assertThat(half).isGreaterThanOrEqualTo(2048);
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku(), home.path())) {
      assertThat(contextAndNote())
          .startsWith(half + " The last daemon (pid ")
          .contains("slow.gguf", "again.");
      assertThat(tsuku().run("status").out()).containsPattern("(?m)^note +The last daemon");
      assertThat(daemon.log()).contains("WARNING The last daemon (pid ");
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertThat(marker()).doesNotExist();
    try (RunningDaemon _ = RunningDaemon.serve(tsuku(), home.path())) {
      assertThat(contextAndNote()).isEqualTo(usual);
    }
  }
}
