package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Characters beyond ASCII in paths and prompts, whatever the environment says of the language. */
@Timeout(300)
class LocaleTest {

  private static final String HOME = "hü\u2713";

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  /** The variables of the environment beside the path. */
  static Stream<Map<String, String>> locales() {
    return Stream.of(Map.of("LC_ALL", "C"), Map.of("LC_ALL", "xx_XX.UTF-8", "LANG", "de_DE.UTF-8"));
  }

  static Stream<Map<String, String>> otherLocales() {
    return Stream.of(
        Map.of("LC_ALL", "C.UTF-8"),
        Map.of("LANG", "xx_XX.UTF-8"),
        Map.of("LC_CTYPE", "POSIX", "LANG", "C.UTF-8"),
        Map.of());
  }

  @AfterEach
  void no_daemon_is_left() throws Exception {
    run(Map.of("LC_ALL", "C.UTF-8"), "stop");
  }

  private Path home() throws IOException {
    return Files.createDirectories(directory.resolve(HOME));
  }

  /**
   * Runs a line of a shell whose words are bytes of UTF-8, with a path and these variables only.
   */
  private Result run(Map<String, String> locale, String... arguments)
      throws IOException, InterruptedException {
    StringBuilder line = new StringBuilder("exec env -i 'PATH=" + System.getenv("PATH") + "' ");
    line.append("TSUKU_LLM_THREADS=1 'TSUKU_HOME=").append(home()).append("' ");
    locale.forEach((name, value) -> line.append(name + "=" + value + " "));
    line.append("'").append(program()).append("'");
    for (String argument : arguments) {
      line.append(" '").append(argument).append("'");
    }
    return shell(line.toString());
  }

  private Path program() {
    return TsukuCommand.launcher();
  }

  private Result shell(String line) throws IOException, InterruptedException {
    Path script = Files.write(directory.resolve("s"), line.getBytes(StandardCharsets.UTF_8));
    return script(script);
  }

  private Result script(Path script) throws IOException, InterruptedException {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process process =
        new ProcessBuilder("sh", script.toString())
            .redirectInput(new java.io.File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it did not end: " + Files.readString(script));
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  @ParameterizedTest
  @Tag("long")
  @MethodSource("otherLocales")
  void they_work_whatever_the_locale(Map<String, String> locale) throws Exception {
    a_home_a_model_and_a_prompt_beyond_ascii_work(locale);
  }

  @ParameterizedTest
  @MethodSource("locales")
  void a_home_a_model_and_a_prompt_beyond_ascii_work(Map<String, String> locale) throws Exception {
    Files.createDirectories(home().resolve("models"));
    TinyGguf.saying("Grüße \u2713.").writeTo(home().resolve("models/übung.gguf"));
    Path elsewhere = TinyGguf.saying("Da.").writeTo(directory.resolve("größe.gguf"));
    Result answer = run(locale, "complete", "--json", "Wörld");
    assertThat(answer.err()).isEmpty();
    assertThat(answer.out())
        .contains("\"content\":\"Grüße \u2713.\"", "\"model\":\"übung\"")
        .contains("\"input_tokens\":" + inputTokens("Wörld"));
    assertThat(run(locale, "complete", "--model", elsewhere.toString(), "Hi").out())
        .isEqualTo("Da.\n");
    assertThat(run(locale, "status").out()).contains(home().toString());
    assertThat(run(locale, "stop").status()).isZero();
    assertThat(home().resolve("llm.sock")).doesNotExist();
    try (Stream<Path> all = Files.list(directory.path())) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .as("no other home was made")
          .containsExactlyInAnyOrder(HOME, "größe.gguf", "s", "out", "err");
    }
  }

  /** The same prompt through standard input, which is UTF-8 whatever the locale is. */
  private String inputTokens(String prompt) throws IOException {
    return TsukuCommand.in(home())
        .runReading(prompt, "complete", "--json", "-")
        .out()
        .replaceFirst("(?s).*\"input_tokens\":(\\d+).*", "$1");
  }

  @Test
  void a_name_typed_decomposed_finds_the_composed_file() throws Exception {
    Files.createDirectories(home().resolve("models"));
    TinyGguf.saying("Da.").writeTo(home().resolve("models/übung.gguf"));
    String typed = Normalizer.normalize("übung", Normalizer.Form.NFD);
    Map<String, String> locale = Map.of("LC_ALL", "C");
    for (String name :
        List.of(typed, typed + ".gguf", home().resolve("models/" + typed + ".gguf").toString())) {
      assertThat(run(locale, "complete", "--model", name, "Hi").out()).as(name).isEqualTo("Da.\n");
    }
  }

  @Test
  void what_is_no_utf_8_is_said_to_be_none() throws Exception {
    Files.createDirectories(home().resolve("models"));
    Path good = TinyGguf.saying("Da.").writeTo(directory.resolve("good.gguf"));
    Path script = directory.resolve("s");
    String begin =
        "cd '" + directory.path() + "'; p='" + program() + "'; export TSUKU_LLM_THREADS=1; ";
    Files.writeString(
        script,
        begin + "TSUKU_HOME=hü\u2713; export TSUKU_HOME; \"$p\" complete \"$(printf 'W\\374rld')\"",
        StandardCharsets.UTF_8);
    Result prompt = script(script);
    assertThat(prompt.err())
        .isEqualTo("tsuku-llm: Argument 2 is not text in UTF-8. Convert it, or rename the file.\n");
    assertThat(prompt.status()).isEqualTo(2);
    Files.writeString(
        script, begin + "TSUKU_HOME=$(printf 'h\\374') \"$p\" serve --idle-timeout 1s");
    Result home = script(script);
    assertThat(home.err()).startsWith("tsuku-llm: TSUKU_HOME is not text in UTF-8.");
    assertThat(home.status()).isEqualTo(2);
    Files.writeString(
        script, "cp '" + good + "' \"$(printf '%s/models/m\\374.gguf' '" + home() + "')\"");
    Assumptions.assumeTrue(
        script(script).status() == 0, "this file system takes names in UTF-8 only");
    Result model = run(Map.of(), "complete", "Hi");
    assertThat(model.err()).contains("bytes that are not UTF-8. Rename the file");
    TinyGguf.saying("Da.").writeTo(home().resolve("models/b.gguf"));
    assertThat(run(Map.of(), "complete", "Hi").out()).isEqualTo("Da.\n");
  }

  @Test
  void a_replacement_character_that_was_given_is_one_like_any_other() throws Exception {
    Files.createDirectories(home().resolve("models"));
    TinyGguf.saying("Da.").writeTo(home().resolve("models/a.gguf"));
    assertThat(run(Map.of(), "complete", "what is \uFFFD?").out()).isEqualTo("Da.\n");
  }

  @Test
  void a_pipe_or_a_device_is_no_model_and_nothing_waits_for_it() throws Exception {
    Path models = Files.createDirectories(home().resolve("models"));
    Path pipe = models.resolve("pipe.gguf");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Map<String, String> locale = Map.of("LC_ALL", "C");
    for (String model : List.of(pipe.toString(), "pipe", "pipe.gguf", "/dev/zero")) {
      assertThat(run(locale, "complete", "--model", model, "Hi").err())
          .as(model)
          .contains("is a pipe or a device, not a file");
    }
    assertThat(run(locale, "complete", "Hi").err()).contains("is a pipe or a device, not a file");
    TinyGguf.saying("Da.").writeTo(models.resolve("a.gguf"));
    assertThat(run(locale, "complete", "Hi").out()).isEqualTo("Da.\n");
  }
}
