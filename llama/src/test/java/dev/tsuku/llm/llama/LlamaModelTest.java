package dev.tsuku.llm.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tsuku.llm.engine.backend.BackendException;
import dev.tsuku.llm.engine.backend.LoadMonitor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeftOpen.class)
class LlamaModelTest {

  private final LlamaBackend backend = Native.backend();

  @Test
  void a_model_tells_what_its_file_says() {
    try (LlamaModel model = backend.load(Native.stories(), LoadMonitor.NONE)) {
      assertThat(model.trainedContextTokens()).isEqualTo(128);
      assertThat(model.sizeBytes()).isBetween(1_000_000L, 1_300_000L);
      assertThat(model.description()).startsWith("llama");
      assertThat(model.chatTemplate()).isEmpty();
      assertThat(model.metadata("general.architecture")).contains("llama");
      assertThat(model.metadata("no.such.key")).isEmpty();
    }
  }

  @Test
  void progress_goes_from_nothing_to_all() {
    List<Float> heard = new ArrayList<>();
    LoadMonitor monitor =
        fraction -> {
          heard.add(fraction);
          return true;
        };
    backend.load(Native.stories(), monitor).close();
    assertThat(heard).isSorted().first().isEqualTo(0f);
    assertThat(heard).last().isEqualTo(1f);
  }

  @Test
  void a_load_is_cancelled_by_its_monitor() {
    Path stories = Native.stories();
    assertThatThrownBy(() -> backend.load(stories, fraction -> false))
        .isInstanceOfSatisfying(
            BackendException.class,
            e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.LOAD_CANCELLED))
        .hasMessageContaining("stories260K.gguf was cancelled");
  }

  @Test
  void what_a_monitor_throws_comes_out_of_the_load() {
    Path stories = Native.stories();
    assertThatThrownBy(
            () ->
                backend.load(
                    stories,
                    fraction -> {
                      throw new UnsupportedOperationException("from the monitor");
                    }))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("from the monitor");
  }

  @Test
  void a_file_that_is_no_model_is_refused_with_the_reason(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("letter.gguf");
    Files.writeString(file, "Dear reader, this is no model.", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> backend.load(file, LoadMonitor.NONE))
        .isInstanceOfSatisfying(
            BackendException.class,
            e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.LOAD_FAILED))
        .hasMessageStartingWith("Cannot load the model file " + file + ": ")
        .hasMessageContaining("invalid magic")
        .hasMessageEndingWith(".");
  }

  @Test
  void a_missing_file_is_refused_with_the_reason(@TempDir Path folder) {
    assertThatThrownBy(() -> backend.load(folder.resolve("none.gguf"), LoadMonitor.NONE))
        .hasMessageContaining("No such file");
  }

  @Test
  void a_truncated_file_is_refused(@TempDir Path folder) throws IOException {
    byte[] whole = Files.readAllBytes(Native.stories());
    Path file = folder.resolve("half.gguf");
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> backend.load(file, LoadMonitor.NONE))
        .isInstanceOfSatisfying(
            BackendException.class,
            e -> assertThat(e.kind()).isEqualTo(BackendException.Kind.LOAD_FAILED))
        .hasMessageContaining("half.gguf");
  }

  @Test
  void a_model_without_weights_opens_no_context() {
    try (LlamaModel model = backend.loadVocabulary(Native.stories())) {
      assertThatIllegalStateException().isThrownBy(() -> model.open(Story.SETTINGS));
    }
  }
}
