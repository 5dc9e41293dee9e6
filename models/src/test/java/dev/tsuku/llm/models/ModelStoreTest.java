package dev.tsuku.llm.models;

import static dev.tsuku.llm.models.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelStoreTest {

  @TempDir Path home;

  private Path directory() {
    return home.resolve("models");
  }

  private ModelStore store() {
    return new ModelStore(directory());
  }

  private Path install(String file) throws IOException {
    Files.createDirectories(directory());
    return GgufBytes.sound().writeTo(directory().resolve(file));
  }

  @Test
  void a_model_is_found_by_name() throws IOException {
    Path file = install("qwen.gguf");
    install("llama.gguf");

    assertThat(store().find("qwen").path()).isEqualTo(file);
    assertThat(store().find("qwen.gguf").path()).isEqualTo(file);
    assertThat(store().find("QWEN").path()).isEqualTo(file);
    assertThat(store().choose("qwen").name()).isEqualTo("qwen");
  }

  @Test
  void a_model_is_found_by_path() throws IOException {
    Path file = GgufBytes.sound().writeTo(home.resolve("elsewhere.bin"));

    assertThat(store().find(file.toString()).path()).isEqualTo(file);
    assertRefused(Kind.MISSING, () -> store().find(home.resolve("none.gguf").toString()))
        .contains("none.gguf does not exist");
  }

  @Test
  void the_exact_name_goes_before_the_same_in_capitals() throws IOException {
    install("qwen.gguf");
    Path capital = install("Qwen.gguf");
    assumeTrue(store().installed().size() == 2, "the file system knows no capitals");

    assertThat(store().find("Qwen").path()).isEqualTo(capital);
    assertRefused(Kind.AMBIGUOUS, () -> store().find("QWEN")).contains("Qwen, qwen");
  }

  @Test
  void an_unknown_name_is_answered_with_the_near_ones_first() throws IOException {
    install("abc.gguf");
    install("llama-3.gguf");
    install("qwen2.gguf");

    assertRefused(Kind.MISSING, () -> store().find("Qwen3"))
        .contains("'Qwen3'", "qwen2, ", directory().toString())
        .satisfies(
            message -> assertThat(message.indexOf("qwen2")).isLessThan(message.indexOf("abc")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".", "", "a\0b", ".hidden", "~", "*"})
  void a_name_never_leaves_the_directory(String name) throws IOException {
    install("qwen.gguf");
    GgufBytes.sound().writeTo(home.resolve("outside.gguf"));

    assertRefused(Kind.MISSING, () -> store().find(name)).doesNotContain("\0");
  }

  @Test
  void a_path_upwards_is_a_path() {
    assertRefused(Kind.MISSING, () -> store().find("../outside")).contains("../outside");
  }

  @Test
  void without_a_directory_nothing_is_installed() {
    assertThat(store().installed()).isEmpty();
    assertRefused(Kind.MISSING, () -> store().find("qwen")).contains(directory().toString());
    assertRefused(Kind.MISSING, () -> store().choose(null))
        .contains("No model is installed", directory().toString(), "--model", "TSUKU_LLM_MODEL");
  }

  @Test
  void a_file_in_place_of_the_directory_is_named() throws IOException {
    Files.writeString(directory(), "what is this?");

    assertRefused(Kind.UNREADABLE, () -> store().installed()).contains(directory().toString());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void the_directory_may_be_a_link() throws IOException {
    Path real = Files.createDirectory(home.resolve("real"));
    Files.createSymbolicLink(directory(), real);
    GgufBytes.sound().writeTo(real.resolve("qwen.gguf"));

    assertThat(store().find("qwen").path()).isEqualTo(directory().resolve("qwen.gguf"));
  }

  @Test
  void the_only_model_is_chosen() throws IOException {
    install("qwen.gguf");

    assertThat(store().choose(null).name()).isEqualTo("qwen");
  }

  @Test
  void of_several_models_the_latest_is_chosen() throws IOException {
    Files.setLastModifiedTime(install("a.gguf"), FileTime.fromMillis(1000));
    Files.setLastModifiedTime(install("b.gguf"), FileTime.fromMillis(3000));
    Files.setLastModifiedTime(install("c.gguf"), FileTime.fromMillis(2000));

    assertThat(store().choose(null).name()).isEqualTo("b");
  }

  @Test
  void models_that_cannot_be_used_are_not_chosen() throws IOException {
    Files.setLastModifiedTime(install("a.gguf"), FileTime.fromMillis(1000));
    GgufBytes.write(directory().resolve("broken.gguf"), new byte[10]);
    assertThat(store().choose(null).name()).isEqualTo("a");

    Files.delete(directory().resolve("a.gguf"));
    assertRefused(Kind.NOT_A_MODEL, () -> store().choose(null)).contains("broken.gguf");
  }

  @Test
  void all_models_are_listed_in_order() throws IOException {
    install("qwen.gguf");
    install("llama.gguf");
    GgufBytes.write(directory().resolve("broken.gguf"), new byte[10]);
    Files.createDirectory(directory().resolve(".download"));
    Files.createDirectory(directory().resolve("folder.gguf"));
    install(".hidden.gguf");
    install("notes.txt");
    install("big-00002-of-00002.gguf");

    assertThat(store().installed())
        .extracting(InstalledModel::name)
        .containsExactly("broken", "llama", "qwen");
    assertThat(store().installed().getFirst())
        .isInstanceOfSatisfying(
            InstalledModel.Unusable.class,
            model -> assertThat(model.trouble().kind()).isEqualTo(Kind.NOT_A_MODEL));
    assertThat(store().installed().getLast())
        .isInstanceOfSatisfying(
            InstalledModel.Usable.class,
            model -> assertThat(model.path()).isEqualTo(directory().resolve("qwen.gguf")));
  }

  @Test
  void a_model_in_parts_is_one_model() throws IOException {
    Files.createDirectories(directory());
    GgufBytes.sound()
        .u16("split.count", 2)
        .u16("split.no", 0)
        .writeTo(directory().resolve("big-00001-of-00002.gguf"));
    GgufBytes.empty()
        .u16("split.count", 2)
        .u16("split.no", 1)
        .tensor("a", 0, 32)
        .writeTo(directory().resolve("big-00002-of-00002.gguf"));

    assertThat(store().installed()).extracting(InstalledModel::name).containsExactly("big");
    assertThat(store().find("big").header().tensors()).hasSize(3);
  }

  @Test
  void distances_count_letters() {
    assertThat(NearNames.distance("", "abc")).isEqualTo(3);
    assertThat(NearNames.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(NearNames.distance("same", "same")).isZero();
  }

  @Test
  void what_lies_in_the_working_directory_is_found_only_by_who_may_know_it() throws IOException {
    Path here = Files.createTempFile(Path.of(""), "here", ".gguf");
    try {
      Path absolute = here.toAbsolutePath();
      GgufBytes.sound().writeTo(absolute);
      assertThat(store().find(here.toString()).path()).isEqualTo(here);
      assertThat(store().findAnywhere(absolute.toString()).path()).isEqualTo(absolute);
      assertRefused(Kind.MISSING, () -> store().findAnywhere(here.toString()));
      assertRefused(Kind.MISSING, () -> store().findAnywhere("./" + here));
    } finally {
      Files.delete(here);
    }
  }
}
