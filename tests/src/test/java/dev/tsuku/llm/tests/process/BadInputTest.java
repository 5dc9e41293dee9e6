package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.protocol.v1.CompletionRequest;
import dev.tsuku.llm.protocol.v1.ToolDef;
import dev.tsuku.llm.testkit.Damage;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is wrong: one sentence, the right status, and nothing left behind. */
@Timeout(300)
class BadInputTest {

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  private static void assertOneSentence(Result result, int status, String... words) {
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines()).as(result.err()).hasSize(1);
    assertThat(result.err()).startsWith("tsuku-llm: ").contains(words);
    assertThat(result.status()).isEqualTo(status);
  }

  private static void assertEmpty(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "serve --idle-timeout 5x, '5x'",
    "serve --idle-timeout -5s, '-5s'",
    "serve --surprise, --surprise",
    "surprise, surprise",
    "complete, prompt",
    "complete --max-tokens -3 hello, -3",
    "complete --max-tokens many hello, many",
    "complete --temprature 3 hello, --temprature",
    "stop now, now"
  })
  void a_wrong_call_is_a_usage_error_that_names_what_is_wrong(String arguments, String named)
      throws IOException {
    Result result = TsukuCommand.in(directory.path()).run(arguments.split(" "));
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("tsuku-llm: ").contains(named);
    assertThat(result.err().lines().count()).isLessThanOrEqualTo(2);
    assertThat(result.status()).isEqualTo(2);
    assertEmpty(directory.path());
  }

  @Test
  void help_and_version_are_no_errors() {
    TsukuCommand tsuku = TsukuCommand.in(directory.path());
    assertThat(tsuku.run("--version").out()).contains(System.getProperty("tsuku.version"));
    assertThat(tsuku.run("--version").status()).isZero();
    assertThat(tsuku.run("--help").out()).contains("serve").contains("complete");
    assertThat(tsuku.run("serve", "--help").out()).contains("--idle-timeout");
  }

  @Test
  void a_home_that_is_a_file_is_named() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertOneSentence(
        TsukuCommand.in(file).run("serve"), 1, file.toString(), "is a file", "TSUKU_HOME");
    assertThat(file).hasContent("");
    assertOneSentence(TsukuCommand.in(file.resolve("below")).run("serve"), 1, "is a file");
  }

  @Test
  void a_home_that_leads_nowhere_is_named() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
    assertOneSentence(TsukuCommand.in(link).run("serve"), 1, link.toString(), "link to nothing");
    assertThat(directory.resolve("nowhere")).doesNotExist();
  }

  @Test
  void a_home_that_cannot_be_written_is_named() {
    // Nobody can make a directory there, not even root.
    Path home = Path.of("/proc/tsuku-llm-test");
    assertOneSentence(TsukuCommand.in(home).run("serve"), 1, home.toString(), "TSUKU_HOME");
  }

  @Test
  void a_home_whose_socket_path_would_not_fit_is_refused_with_both_limits() throws IOException {
    Path home = directory.resolve("x".repeat(110));
    assertOneSentence(TsukuCommand.in(home).run("serve"), 2, "107", "103", "TSUKU_HOME");
    assertOneSentence(TsukuCommand.in(home).run("complete", "hello"), 1, "107", "103");
    assertEmpty(directory.path());
  }

  @Test
  void a_config_file_with_an_error_is_named_with_the_line() throws IOException {
    Files.writeString(directory.resolve("config.toml"), "[llm]\nidle_timeout = soon\n");
    assertOneSentence(TsukuCommand.in(directory.path()).run("serve"), 2, "config.toml", "line 2");
  }

  @Test
  void everything_wrong_with_the_settings_is_told_at_once() throws IOException {
    Path file = Files.writeString(directory.resolve("config.toml"), "[llm]\nlocal_backend = 7\n");
    TsukuCommand tsuku = TsukuCommand.in(directory.path()).with("TSUKU_LLM_THREADS", "0");
    Result served = tsuku.run("serve", "--idle-timeout", "soon");
    assertThat(served.err().lines())
        .hasSize(3)
        .allMatch(line -> line.startsWith("tsuku-llm: "))
        .anyMatch(line -> line.contains(file + ", line 2"))
        .anyMatch(line -> line.contains("TSUKU_LLM_THREADS"))
        .anyMatch(line -> line.contains("--idle-timeout"));
    assertThat(served.status()).isEqualTo(2);
    assertOneSentence(tsuku.run("complete", "hello"), 2, file + ", line 2", "TSUKU_LLM_THREADS");
    assertThat(tsuku.run("config").out()).contains(file + ", line 2", "'0' is no number");
    assertThat(tsuku.run("config").status()).isEqualTo(2);
    assertThat(directory.resolve("llm.log")).doesNotExist();
  }

  @Test
  void a_misspelt_key_is_a_warning_and_starts_the_daemon() throws Exception {
    Files.writeString(directory.resolve("config.toml"), "[llm]\nidle_timout = 5\nprovider = 'x'\n");
    TsukuCommand tsuku = TsukuCommand.in(directory.path()).with("TSUKU_LLM_IDLE_TIMEOUT", "300ms");
    assertOneSentence(tsuku.run("serve"), 0, "warning: ", "line 2", "mean idle_timeout?");
    assertThat(directory.resolve("llm.log")).content().contains("idle_timout", "provider");
  }

  @Test
  void switched_off_in_the_file_no_daemon_starts() throws IOException {
    Path file = Files.writeString(directory.resolve("config.toml"), "[llm]\nlocal_enabled=false");
    TsukuCommand tsuku = TsukuCommand.in(directory.path());
    assertOneSentence(tsuku.run("serve"), 1, "switched off", file + ", line 2");
    assertOneSentence(tsuku.run("complete", "hello"), 1, "switched off", file + ", line 2");
    assertThat(tsuku.run("config").status()).isZero();
    Files.delete(file);
    assertEmpty(directory.path());
  }

  @Test
  void no_model_and_an_unknown_one_say_where_to_put_one() throws IOException {
    TsukuCommand tsuku = TsukuCommand.in(directory.path());
    try {
      assertOneSentence(
          tsuku.run("complete", "hello"),
          1,
          "The model 'builtin' maps the files of a release",
          directory.resolve("models").toString());
      Files.createDirectory(directory.resolve("models"));
      TinyGguf.saying("Hello.").writeTo(directory.resolve("models/tiny.gguf"));
      assertOneSentence(tsuku.run("complete", "--model", "tinny", "hello"), 1, "'tinny'", "tiny");
      assertOneSentence(
          tsuku.run("complete", "--model", "no/such.gguf", "hello"), 1, "no/such.gguf");
      assertThat(tsuku.run("complete", "hello").out()).isEqualTo("Hello.\n");
    } finally {
      tsuku.run("stop");
    }
  }

  @Test
  void a_model_named_in_the_environment_that_is_missing_is_told_by_status() {
    TsukuCommand tsuku = TsukuCommand.in(directory.path()).with("TSUKU_LLM_MODEL", "qwen");
    try {
      assertOneSentence(tsuku.run("complete", "hello"), 1, "'qwen'");
      assertThat(tsuku.run("status", "--json").out())
          .contains("\"ready\":false")
          .contains("'qwen'");
    } finally {
      tsuku.run("stop");
    }
  }

  @Test
  void files_that_are_no_models_are_refused_and_the_daemon_goes_on() throws IOException {
    TsukuCommand tsuku = TsukuCommand.in(directory.path());
    Path good = TinyGguf.saying("Hello.").writeTo(directory.resolve("good.gguf"));
    Path text = Files.writeString(directory.resolve("text.gguf"), "<!DOCTYPE html><html>");
    Path empty = Files.writeString(directory.resolve("empty.gguf"), "");
    int size = Math.toIntExact(Files.size(good));
    try {
      assertThat(tsuku.run("complete", "--model", good.toString(), "hello").out())
          .isEqualTo("Hello.\n");
      String pid = tsuku.run("status", "--json").out().replaceFirst("(?s).*\"pid\":(\\d+).*", "$1");
      assertOneSentence(
          tsuku.run("complete", "--model", text.toString(), "hello"), 1, text.toString());
      assertOneSentence(
          tsuku.run("complete", "--model", empty.toString(), "hello"), 1, empty.toString());
      assertOneSentence(
          tsuku.run("complete", "--model", directory.path().toString(), "hello"), 1, "directory");
      for (int part = 1; part <= 4; part++) {
        Path cut =
            Damage.truncated(
                good, directory.resolve("cut" + part + ".gguf"), (int) (size * (part / 4.0)) - 1);
        assertOneSentence(
            tsuku.run("complete", "--model", cut.toString(), "hello"), 1, cut.toString());
      }
      assertThat(tsuku.run("status", "--json").out()).contains("\"pid\":" + pid);
      assertThat(tsuku.run("complete", "--model", good.toString(), "hello").out())
          .isEqualTo("Hello.\n");
    } finally {
      tsuku.run("stop");
    }
  }

  @Test
  void a_backend_or_a_library_that_is_not_there_is_named() throws IOException {
    Path good = TinyGguf.saying("Hello.").writeTo(directory.resolve("good.gguf"));
    TsukuCommand tsuku =
        TsukuCommand.in(directory.path())
            .with("TSUKU_LLM_LIBRARY_PATH", directory.path().toString());
    try {
      assertOneSentence(
          tsuku.run("complete", "--model", good.toString(), "hello"),
          1,
          directory.path().toString());
    } finally {
      tsuku.run("stop");
    }
    TsukuCommand other = TsukuCommand.in(directory.path()).with("TSUKU_LLM_BACKEND", "metal");
    if (!System.getProperty("os.name").startsWith("Mac")) {
      try {
        assertOneSentence(
            other.run("complete", "--model", good.toString(), "hello"), 1, "metal", "cpu");
      } finally {
        other.run("stop");
      }
    }
  }

  @Test
  void requests_that_can_never_work_name_the_field() throws Exception {
    Files.createDirectory(directory.resolve("models"));
    TinyGguf.saying("Hello.").writeTo(directory.resolve("models/tiny.gguf"));
    TsukuCommand tsuku = TsukuCommand.in(directory.path());
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku, directory.path());
        RawClient client = new RawClient(directory.path())) {
      assertRefused(client, CompletionRequest.getDefaultInstance(), "messages");
      assertRefused(client, RawClient.ask("x ".repeat(9000)).build(), "tokens");
      assertRefused(
          client, RawClient.ask("Hi").setJsonSchema("{\"type\": 3}").build(), "no JSON type");
      assertRefused(client, RawClient.ask("Hi").setJsonSchema("{,").build(), "json_schema");
      assertRefused(
          client,
          RawClient.ask("Hi")
              .setJsonSchema("{\"type\": \"string\", \"minLength\": 9}")
              .setMaxTokens(5)
              .build(),
          "max_tokens is 5");
      assertRefused(
          client,
          RawClient.ask("Hi")
              .addTools(ToolDef.newBuilder().setName("a").setParametersSchema("false"))
              .build(),
          "tools[0].parameters_schema");
      assertThat(
              client.blocking().complete(RawClient.ask("Hi").setMaxTokens(-7).build()).getContent())
          .isEqualTo("Hello.");
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  private static void assertRefused(RawClient client, CompletionRequest request, String named) {
    try {
      client.blocking().complete(request);
      throw new AssertionError("it was answered");
    } catch (StatusException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(e.getStatus().getDescription()).contains(named);
    }
  }
}
