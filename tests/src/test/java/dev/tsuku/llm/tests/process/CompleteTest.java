package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.testkit.SharedFiles;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.tests.process.TsukuCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a person does: complete, status, stop; the daemon comes and goes by itself. */
class CompleteTest {

  /** What stories260K says greedily after "Once upon a time": its first paragraph, 57 tokens. */
  private static final String STORY =
      ", there was a little girl named Lily. She loved to play outside in the park. One day, she"
          + " saw a big, red ball. She wanted to play with it, but it was too high.";

  @RegisterExtension final ShortDirectory home = new ShortDirectory();

  private TsukuCommand tsuku() {
    return TsukuCommand.in(home.path());
  }

  private Path install(String name, TinyGguf model) throws IOException {
    Path directory = Files.createDirectories(home.resolve("models"));
    return model.writeTo(directory.resolve(name + ".gguf"));
  }

  @AfterEach
  void stop() {
    tsuku().run("stop");
  }

  @Test
  void the_known_story_comes_out_of_the_real_model_exactly() {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    Result cold =
        tsuku().run("complete", "--model", model, "--max-tokens", "57", "Once upon a time");
    assertThat(cold.err()).contains("57 tokens");
    assertThat(cold.out()).isEqualTo(STORY + "\n");
    assertThat(cold.status()).isZero();
    String pid = pidIn(tsuku().run("status", "--json").out());
    Result warm =
        tsuku().run("complete", "--model", model, "--max-tokens", "57", "Once upon a time");
    assertThat(warm.out()).isEqualTo(STORY + "\n");
    assertThat(pidIn(tsuku().run("status", "--json").out()))
        .as("the second answer came from the same daemon")
        .isEqualTo(pid);
  }

  @Test
  void a_seed_draws_the_same_story_again_and_a_stop_string_ends_it() {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    String[] drawn = {
      "complete",
      "--model",
      model,
      "--max-tokens",
      "40",
      "--temperature",
      "1.2",
      "--top-p",
      "0.95",
      "--seed",
      "7",
      "Once upon a time"
    };
    Result first = tsuku().run(drawn);
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(first.out()).isNotEqualTo(STORY + "\n").hasSizeGreaterThan(40);
    assertThat(tsuku().run(drawn).out()).isEqualTo(first.out());
    drawn[10] = "8";
    assertThat(tsuku().run(drawn).out()).isNotEqualTo(first.out());
    Result stopped =
        tsuku().run("complete", "--model", model, "--stop", " named Lil", "Once upon a time");
    assertThat(stopped).isEqualTo(new Result(0, ", there was a little girl\n", ""));
  }

  private static String pidIn(String json) {
    String pid = json.replaceFirst("(?s).*\"pid\" ?: ?(\\d+).*", "$1");
    assertThat(pid).matches("\\d+");
    return pid;
  }

  @Test
  void an_installed_model_answers_and_stop_leaves_no_file() throws IOException {
    install("tiny", TinyGguf.saying("Hello, wörld! 😀"));
    Result answer = tsuku().run("complete", "Hi there.");
    assertThat(answer).isEqualTo(new Result(0, "Hello, wörld! 😀\n", ""));
    assertThat(home.resolve("llm.sock")).exists();
    assertThat(home.resolve("llm.sock.lock")).exists();
    assertThat(tsuku().run("stop").status()).isZero();
    try (Stream<Path> files = Files.list(home.path())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("models", "llm.log");
    }
  }

  @Test
  void an_answer_as_json_says_how_it_came_about() throws IOException {
    install("tiny", TinyGguf.saying("Hello."));
    Result answer = tsuku().run("complete", "--json", "--system", "Be brief.", "Hi there.");
    assertThat(answer.out())
        .contains("\"content\":\"Hello.\"")
        .contains("\"stop_reason\":\"end_turn\"")
        .contains("\"model\":\"tiny\"")
        .containsPattern("\"input_tokens\":\\d+")
        .containsPattern("\"output_tokens\":\\d+");
  }

  @Test
  void a_prompt_can_come_from_standard_input() throws IOException {
    install("tiny", TinyGguf.saying("Hello."));
    assertThat(tsuku().runReading("What is this?\n", "complete", "-").out()).isEqualTo("Hello.\n");
  }

  @Test
  void an_answer_cut_by_max_tokens_says_so_beside_the_answer() throws IOException {
    install("tiny", TinyGguf.endless("la la lo, "));
    Result answer = tsuku().run("complete", "--max-tokens", "4", "Sing.");
    assertThat(answer.status()).isZero();
    assertThat(answer.out()).hasSizeGreaterThan(4);
    assertThat(answer.err()).contains("4 tokens").contains("--max-tokens");
  }

  @Test
  void the_model_that_is_asked_for_is_the_one_that_answers() throws IOException {
    install("one", TinyGguf.saying("I am one."));
    Path elsewhere = Files.createDirectory(home.resolve("elsewhere"));
    Path two = TinyGguf.saying("You hear two.").writeTo(elsewhere.resolve("two.gguf"));
    assertThat(tsuku().run("complete", "Who?").out()).isEqualTo("I am one.\n");
    assertThat(tsuku().run("complete", "--model", two.toString(), "Who?").out())
        .isEqualTo("You hear two.\n");
    assertThat(tsuku().run("complete", "--model", "one", "Who?").out()).isEqualTo("I am one.\n");
  }

  @Test
  void status_without_a_daemon_says_so_and_starts_none() {
    Result status = tsuku().run("status");
    assertThat(status.status()).isEqualTo(1);
    assertThat(status.out() + status.err()).contains("No daemon");
    assertThat(home.resolve("llm.sock.lock")).doesNotExist();
    assertThat(tsuku().run("status", "--json").out()).contains("\"running\":false");
  }

  @Test
  void stop_without_a_daemon_has_nothing_to_do() {
    assertThat(tsuku().run("stop").status()).isZero();
  }
}
