package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tsuku.llm.engine.backend.Vocabulary.SpecialTokens;
import dev.tsuku.llm.testkit.TinyGguf;
import dev.tsuku.llm.testkit.TinyVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long texts of one kind of character, which some tokenizers match as a whole, call by call. */
class LongTextTest {

  /** Vocabularies whose text llama.cpp cuts with the standard library's regular expressions. */
  private static final List<String> RECURSIVE =
      List.of("default", "tekken", "gpt-4o", "deepseek-llm", "falcon");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {'a', '.', '漢'})
  void a_long_run_of_one_character_does_not_end_the_process(int character) throws Exception {
    List<String> models = new ArrayList<>();
    for (String name : RECURSIVE) {
      Path file = folder.resolve(name + ".gguf");
      models.add(TinyGguf.random(TinyVocabulary.bytes().cutLike(name)).writeTo(file).toString());
    }
    assertThat(run(Integer.toString(character), models))
        .isEqualTo(Collections.nCopies(RECURSIVE.size(), "PROMPT_TOO_LONG"));
  }

  private List<String> run(String character, List<String> models)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-XX:ErrorFile=" + folder.resolve("crash"));
    command.add("-Dtsuku.root=" + System.getProperty("tsuku.root", ".."));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(LongTextProcess.class.getName(), character));
    command.addAll(models);
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    return Files.readAllLines(output);
  }

  /** These have splitters of their own, which do not call themselves. */
  @ParameterizedTest
  @ValueSource(strings = {"llama-spm", "llama-bpe", "qwen2"})
  void real_vocabularies_take_long_runs_whole(String name) {
    try (LlamaModel model =
        Native.backend().loadVocabulary(Native.shared("vocab/ggml-vocab-" + name + ".gguf"))) {
      for (String unit : List.of("a", ".", "漢", " ")) {
        int[] tokens = model.vocabulary().tokenize(unit.repeat(200_000), SpecialTokens.TEXT, false);
        assertThat(tokens).as(unit).hasSizeGreaterThan(1000);
      }
    }
  }

  @Test
  void parts_of_a_text_have_the_tokens_of_the_whole() {
    String line =
        "{\"name\": \"ripgrep-14.1.0-x86_64-unknown-linux-musl.tar.gz\", \"size\": 2566310}";
    for (String name : List.of("llama-spm", "llama-bpe", "qwen2")) {
      try (LlamaModel model =
          Native.backend().loadVocabulary(Native.shared("vocab/ggml-vocab-" + name + ".gguf"))) {
        LlamaVocabulary vocabulary = model.vocabulary();
        int[] whole = vocabulary.tokenize(line + "\nand " + line, SpecialTokens.TEXT, true);
        int[] first = vocabulary.tokenize(line + "\n", SpecialTokens.TEXT, true);
        int[] rest = vocabulary.tokenize("and " + line, SpecialTokens.TEXT, false);
        assertThat(whole).startsWith(first).endsWith(rest).hasSize(first.length + rest.length);
      }
    }
  }
}
