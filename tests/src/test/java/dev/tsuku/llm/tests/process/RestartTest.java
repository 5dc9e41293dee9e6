package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyShape;
import dev.tsuku.llm.testkit.TinyVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a new daemon need not compute again. */
@Timeout(120)
class RestartTest {

  private static final String PROMPT =
      "One day, Lily and Tom went to the park with a red ball. ".repeat(12) + "Then";

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  @AfterEach
  void stop() {
    tsuku().run("stop");
  }

  /** Says what depends on all that it was asked. */
  private String model() throws IOException {
    Path file = home.resolve("tiny.gguf");
    if (!Files.exists(file)) {
      TinyGguf.random(TinyVocabulary.chat())
          .neverEnding()
          .shaped(TinyShape.SMALL.withContext(2048))
          .withChatTemplate(TinyGguf.CHATML)
          .writeTo(file);
    }
    return file.toString();
  }

  private String complete() throws IOException {
    TsukuCommand.Result run =
        tsuku().run("complete", "--model", model(), "--max-tokens", "12", "--json", PROMPT);
    assertThat(run.err()).isEmpty();
    return run.out();
  }

  private static int cached(String json) {
    return Integer.parseInt(json.strip().replaceFirst(".*\"cached_input_tokens\":(\\d+).*", "$1"));
  }

  private static String content(String json) {
    return json.strip().replaceFirst(",\"stop_reason\".*", "");
  }

  private List<Path> blocks() throws IOException {
    Path folder = home.resolve("cache/prefixes");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".kv")).toList();
    }
  }

  /** A daemon keeps things when nothing has been asked of it for a second. */
  private void awaitBlocks() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (blocks().isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(50);
    }
    assertThat(blocks()).isNotEmpty();
  }

  @Test
  void a_prompt_that_an_earlier_daemon_knew_is_not_computed_again() throws Exception {
    String first = complete();
    assertThat(cached(first)).isZero();
    awaitBlocks();
    assertThat(tsuku().run("stop").status()).isZero();
    assertThat(tsuku().run("cache").out()).containsPattern("^[1-9]\\d* blocks, [\\d.]+ MiB in ");
    String second = complete();
    assertThat(cached(second))
        .as("whole blocks: the tail holds the answer as well")
        .isEqualTo(256 * (blocks().size() - 1));
    assertThat(content(second)).isEqualTo(content(first));

    tsuku().run("stop");
    Map<Path, byte[]> damaged = new HashMap<>();
    for (Path block : blocks()) {
      byte[] bytes = Files.readAllBytes(block);
      bytes[bytes.length / 2] ^= 1;
      Files.write(block, bytes);
      damaged.put(block, bytes);
    }
    String third = complete();
    assertThat(cached(third)).as("what is damaged is not used").isZero();
    assertThat(content(third)).isEqualTo(content(first));

    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (areAllThere(damaged)) {
      assertThat(System.nanoTime()).as("the first block is made anew").isLessThan(deadline);
      Thread.sleep(20);
    }
    tsuku().run("stop");
    assertThat(tsuku().run("cache", "--clear").out()).startsWith("removed ");
    assertThat(blocks()).isEmpty();
    assertThat(tsuku().run("cache", "--json").out()).contains("\"blocks\":0,\"bytes\":0,");
  }

  private String log() throws IOException {
    return Files.readString(home.resolve("llm.log"));
  }

  private void constrained() throws IOException {
    Path schema = Files.writeString(home.resolve("yes.json"), "{\"enum\": [\"yes\", \"no\"]}");
    TsukuCommand.Result run =
        tsuku().run("complete", "--model", model(), "--schema", schema.toString(), "Well?");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).matches("\"(yes|no)\"\\s*");
  }

  private List<Path> tables() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("cache/tables"))) {
      return files.toList();
    }
  }

  @Test
  void tables_of_a_vocabulary_that_an_earlier_daemon_made_are_read() throws Exception {
    constrained();
    tsuku().run("stop");
    assertThat(log()).containsPattern("tables of \\d+ tokens made in \\d+ ms");
    assertThat(log()).doesNotContain("tokens read from disk");
    assertThat(tables()).hasSize(1).allMatch(file -> file.toString().endsWith(".tables"));
    assertThat(tsuku().run("cache").out()).containsPattern("(?m)^1 tables, [\\d.]+ MiB in ");
    byte[] written = Files.readAllBytes(tables().getFirst());

    constrained();
    tsuku().run("stop");
    assertThat(log()).containsPattern("tables of \\d+ tokens read from disk in \\d+ ms");

    byte[] damaged = written.clone();
    damaged[damaged.length / 2] ^= 1;
    Files.write(tables().getFirst(), damaged);
    constrained();
    tsuku().run("stop");
    assertThat(log()).contains("is removed: its checksum is wrong");
    assertThat(tables()).hasSize(1);
    assertThat(Files.readAllBytes(tables().getFirst())).isEqualTo(written);

    assertThat(tsuku().run("cache", "--clear").out()).contains("removed 1 tables, ");
    assertThat(tables()).isEmpty();
  }

  private static boolean areAllThere(Map<Path, byte[]> files) throws IOException {
    try {
      for (Map.Entry<Path, byte[]> file : files.entrySet()) {
        if (!Arrays.equals(Files.readAllBytes(file.getKey()), file.getValue())) {
          return false;
        }
      }
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Test
  void who_wants_nothing_kept_finds_nothing() throws Exception {
    TsukuCommand none = tsuku().with("TSUKU_LLM_CACHE_MIB", "0");
    assertThat(none.run("complete", "--model", model(), "--max-tokens", "2", PROMPT).status())
        .isZero();
    Path schema = Files.writeString(home.resolve("yes.json"), "{\"const\": \"yes\"}");
    assertThat(
            none.run("complete", "--model", model(), "--schema", schema.toString(), PROMPT).out())
        .isEqualTo("\"yes\"\n");
    none.run("stop");
    assertThat(home.resolve("cache")).doesNotExist();
  }
}
