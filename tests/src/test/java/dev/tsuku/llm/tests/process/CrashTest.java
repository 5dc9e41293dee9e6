package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
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

  private RunningDaemon serve() {
    return RunningDaemon.serve(tsuku(), home.path());
  }

  /** Ends it as a fault in native code does while a request is computed. */
  private void crashAtWork(RunningDaemon daemon) throws Exception {
    try (RawClient client = new RawClient(home.path())) {
      var _ = client.begin(100_000);
      daemon.signal("SEGV");
      assertThat(daemon.awaitExit(Duration.ofSeconds(30))).isNotZero();
    }
    assertThat(home.resolve("llm.crash.log")).exists();
  }

  @Test
  void a_crash_at_work_costs_half_the_room_until_an_answer_and_everyone_says_so() throws Exception {
    String usual;
    try (RunningDaemon daemon = serve()) {
      usual = contextAndNote();
      assertThat(usual).matches("\\d+ ").as("nothing to be noted");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(marker())))
          .isEqualTo("rw-------");
      crashAtWork(daemon);
    }
    int half = Integer.parseInt(usual.strip()) / 2;
    assertThat(half).isGreaterThanOrEqualTo(4096);
    assertThat(tsuku().run("config").out())
        .contains("The last daemon (pid ", String.format(Locale.ROOT, "uses %,d at most", half));
    try (RunningDaemon daemon = serve()) {
      assertThat(contextAndNote())
          .startsWith(half + " The last daemon (pid ")
          .contains("slow.gguf", "again.");
      assertThat(tsuku().run("status").out()).containsPattern("(?m)^note +The last daemon");
      assertThat(daemon.log()).contains("WARNING The last daemon (pid ");
      assertThat(tsuku().run("config", "--json").out()).doesNotContain("context_note");
      daemon.signal("KILL");
      daemon.awaitExit(SOON);
    }
    try (RunningDaemon daemon = serve()) {
      assertThat(contextAndNote()).as("after an answer").isEqualTo(usual);
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertThat(marker()).doesNotExist();
  }

  @Test
  void after_a_failure_of_a_gpu_the_processor_computes_and_everyone_hears_why() throws Exception {
    Path file = home.resolve("llm.gpu-failed");
    String failure =
        "tsuku-llm graphics failure 1\ncuda\n%s\nCUDA error: no kernel image (ggml-cuda.cu:108)\n";
    Path libraries = TsukuCommand.launcher().toRealPath().resolve("../../llama").normalize();
    String driver = "/proc/driver/nvidia/version";
    assumeTrue(Files.notExists(Path.of(driver)), "this machine has a driver of NVIDIA's");
    Files.writeString(
        file, String.format(failure, libraries + " " + Files.getLastModifiedTime(libraries)));
    try (RunningDaemon daemon = serve()) {
      assertThat(contextAndNote())
          .contains("The processor computes", "llama.cpp for cuda", "no kernel image");
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
    assertThat(file).exists();
    Files.writeString(file, String.format(failure, "/opt/other"));
    try (RunningDaemon daemon = serve()) {
      assertThat(contextAndNote()).matches("\\d+ ").as("other libraries are tried");
      daemon.signal("TERM");
      assertThat(daemon.awaitExit(SOON)).isZero();
    }
  }

  @Test
  void kills_of_an_idle_daemon_cost_nothing() {
    String usual = "";
    for (int i = 0; i < 5; i++) {
      try (RunningDaemon daemon = serve()) {
        String now = contextAndNote();
        assertThat(now).matches("\\d+ ");
        assertThat(now).as("after %d kills", i).isEqualTo(i == 0 ? now : usual);
        usual = now;
        assertThat(marker()).exists();
        daemon.signal("KILL");
        daemon.awaitExit(SOON);
      }
    }
    assertThat(tsuku().run("config", "--json").out()).doesNotContain("context_note");
  }

  @Test
  void a_kill_at_work_costs_nothing_where_the_kernel_was_not_short_of_memory() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/proc/vmstat"))
            && Files.readString(Path.of("/proc/vmstat")).contains("oom_kill"),
        "this kernel does not say whether it ended processes for want of memory");
    String usual;
    try (RunningDaemon daemon = serve();
        RawClient client = new RawClient(home.path())) {
      usual = contextAndNote();
      var _ = client.begin(100_000);
      daemon.signal("KILL");
      daemon.awaitExit(SOON);
    }
    try (RunningDaemon _ = serve()) {
      assertThat(contextAndNote()).isEqualTo(usual);
    }
  }
}
