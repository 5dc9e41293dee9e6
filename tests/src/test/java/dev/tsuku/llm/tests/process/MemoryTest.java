package dev.tsuku.llm.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tsuku.llm.testkit.Damage;
import dev.tsuku.llm.testkit.ShortDirectory;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyShape;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The context is what the user or the memory allows, and a model that cannot fit is told. */
@Timeout(300)
class MemoryTest {

  @RegisterExtension final ShortDirectory directory = new ShortDirectory();

  private final TinyGguf model =
      TinyGguf.saying("Hello.").shaped(TinyShape.SMALL.withContext(8192));

  private Path install(String name) throws IOException {
    Files.createDirectories(directory.resolve("models"));
    return model.writeTo(directory.resolve("models/" + name));
  }

  private StatusException refusal(RawClient client, String prompt) {
    return catchThrowableOfType(
        StatusException.class, () -> client.blocking().complete(RawClient.ask(prompt).build()));
  }

  @Test
  void a_prompt_beyond_the_context_that_was_set_is_refused_with_both_numbers() throws Exception {
    install("tiny.gguf");
    TsukuCommand tsuku =
        TsukuCommand.in(directory.path())
            .with("TSUKU_LLM_CONTEXT", "512")
            .with("TSUKU_LLM_SEQUENCES", "3");
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku, directory.path());
        RawClient client = new RawClient(directory.path())) {
      StatusException refused = refusal(client, "x ".repeat(600));
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(refused.getStatus().getDescription()).contains("512").containsPattern("1[0-9]{3}");
      assertThat(client.blocking().complete(RawClient.ask("Hi").build()).getContent())
          .isEqualTo("Hello.");
      assertThat(daemon.log())
          .contains(
              "model tiny: context 512 tokens, 3 sequences, KV cache in f16, estimated 0.0 GiB")
          .doesNotContain("too little");
    }
  }

  @Test
  void without_a_word_the_context_is_what_the_model_can_use() throws Exception {
    install("tiny.gguf");
    TsukuCommand tsuku = TsukuCommand.in(directory.path());
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku, directory.path());
        RawClient client = new RawClient(directory.path())) {
      assertThat(client.blocking().complete(RawClient.ask("x ".repeat(600)).build()).getContent())
          .isEqualTo("Hello.");
      assertThat(daemon.log()).contains("model tiny: context 32768 tokens, 8 sequences");
    }
  }

  @Test
  void a_model_whose_keys_and_values_fit_no_machine_is_refused_before_it_is_loaded()
      throws Exception {
    Path small = install("small.gguf");
    // A width of 2^20 makes 4 MiB of keys and values a token: 8 GiB for the smallest context. With
    // 512 layers in place of 2, it is 2 TiB.
    Path wide =
        Damage.replaced(
            small,
            directory.resolve("wide.gguf"),
            number("llama.embedding_length", model.shape().embedding()),
            number("llama.embedding_length", 1 << 20));
    Path huge =
        Damage.replaced(
            wide,
            directory.resolve("models/huge.gguf"),
            number("llama.block_count", model.shape().layers()),
            number("llama.block_count", 512));
    Files.delete(small);
    TsukuCommand tsuku = TsukuCommand.in(directory.path());
    try (RunningDaemon daemon = RunningDaemon.serve(tsuku, directory.path());
        RawClient client = new RawClient(directory.path())) {
      StatusException refused = refusal(client, "Hi");
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
      assertThat(refused.getStatus().getDescription())
          .startsWith("The model huge needs 0.0 GiB for its weights and ")
          .contains("2,048 tokens", "are free", "TSUKU_LLM_CONTEXT");
      assertThat(daemon.isAlive()).isTrue();
      assertThat(huge).exists();
      TsukuCommand.Result told = tsuku.run("complete", "Hi");
      assertThat(told.status()).isEqualTo(1);
      assertThat(told.err())
          .startsWith("tsuku-llm: ")
          .contains("The model huge needs")
          .hasLineCount(1);
    }
  }

  /** A key and a 32-bit number, as they stand in the file. */
  private static String number(String key, int value) {
    StringBuilder bytes = new StringBuilder(key).append("\4\0\0\0");
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.append((char) (value >> shift & 0xff));
    }
    return bytes.toString();
  }
}
