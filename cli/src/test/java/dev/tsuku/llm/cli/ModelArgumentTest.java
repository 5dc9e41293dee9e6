package dev.tsuku.llm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.protocol.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelArgumentTest {

  @TempDir Path directory = Path.of("");

  private String resolved(String text) {
    return ModelArgument.resolved(text, new Home(directory));
  }

  @Test
  void what_is_no_path_is_a_name() {
    assertThat(resolved("qwen2.5-0.5b-instruct")).isEqualTo("qwen2.5-0.5b-instruct");
  }

  @Test
  void nothing_is_the_daemons_choice() {
    assertThat(resolved("")).isEmpty();
  }

  @Test
  void a_relative_path_becomes_absolute() throws IOException {
    Path file = Files.createFile(directory.resolve("tiny.gguf"));
    Path relative = Path.of("").toAbsolutePath().relativize(file);
    assertThat(resolved(relative.toString())).isEqualTo(file.toString());
  }

  @Test
  void a_file_name_also_means_one_among_the_models() throws IOException {
    Path models = Files.createDirectory(directory.resolve("models"));
    Path file = Files.createFile(models.resolve("tiny.gguf"));
    assertThat(resolved("tiny.gguf")).isEqualTo(file.toString());
  }

  @Test
  void a_file_that_is_nowhere_is_named_with_both_places() {
    assertThatThrownBy(() -> resolved("tiny.gguf"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(Path.of("tiny.gguf").toAbsolutePath().toString())
        .hasMessageContaining(directory.resolve("models").toString());
  }

  @Test
  void a_directory_is_no_model() {
    assertThatThrownBy(() -> resolved(directory.toString()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("is a directory");
  }
}
