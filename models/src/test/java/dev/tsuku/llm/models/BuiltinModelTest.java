package dev.tsuku.llm.models;

import static dev.tsuku.llm.models.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuiltinModelTest {

  private static final Path SHIPPED = Path.of("../packaging/src/main/app/models");

  @TempDir Path directory;

  private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(hash);
  }

  private static String crc32(Path file) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(Files.readAllBytes(file));
    return "%08x".formatted(crc.getValue());
  }

  private Path write() throws IOException {
    return GgufBytes.sound().writeTo(directory.resolve("builtin.gguf"));
  }

  private ModelStore store(BuiltinModel builtin) {
    return new ModelStore(directory.resolve("models"), Optional.of(builtin));
  }

  @Test
  void a_directory_without_the_file_has_no_builtin_model() {
    assertThat(BuiltinModel.in(directory)).isEmpty();
  }

  @Test
  void the_recorded_checksums_are_those_of_the_file_in_the_sources()
      throws IOException, NoSuchAlgorithmException {
    String recorded;
    try (InputStream in = BuiltinModel.class.getResourceAsStream("builtin.sha256")) {
      recorded =
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
              .split(" ", 2)[0];
    }
    Path file = SHIPPED.resolve("builtin.gguf");
    assertThat(recorded).isEqualTo(sha256(file));
    assertThat(Files.size(file)).isLessThan(20_000_000);
    assertThatCode(() -> BuiltinModel.in(SHIPPED).orElseThrow().verify())
        .doesNotThrowAnyException();
  }

  @Test
  void the_metadata_of_the_shipped_file_declares_its_task() {
    ModelFile file = ModelFile.open(SHIPPED.resolve("builtin.gguf"));
    assertThat(file.header().string("tsuku_llm.tools").orElseThrow())
        .isEqualTo("extract_pattern fetch_file inspect_archive");
    assertThat(file.header().string("tsuku_llm.grounded").orElseThrow())
        .contains("extract_pattern /mappings/*/asset under assets");
    assertThat(file.header().string("general.license")).contains("mit");
  }

  @Test
  void the_shipped_file_has_the_template_of_the_training_sources() throws IOException {
    ModelFile file = ModelFile.open(SHIPPED.resolve("builtin.gguf"));
    assertThat(file.header().string("tokenizer.chat_template"))
        .contains(Files.readString(Path.of("../training/template.jinja")));
  }

  @Test
  void the_builtin_model_is_chosen_while_nothing_is_installed() throws IOException {
    Path file = write();
    ModelStore store = store(new BuiltinModel(file, crc32(file)));
    assertThat(store.choose(null).path()).isEqualTo(file);
    assertThat(store.choose("builtin").name()).isEqualTo("builtin");
    assertThat(store.findAnywhere("builtin").path()).isEqualTo(file);

    Path models = Files.createDirectories(directory.resolve("models"));
    Path installed = GgufBytes.sound().writeTo(models.resolve("own.gguf"));
    assertThat(store.choose(null).path()).isEqualTo(installed);
    assertThat(store.choose("builtin").path()).isEqualTo(file);
    assertThat(store.installed()).as("it is not in the directory").hasSize(1);
  }

  @Test
  void an_unusable_installed_model_is_reported_and_not_replaced() throws IOException {
    Path file = write();
    Path models = Files.createDirectories(directory.resolve("models"));
    Files.writeString(models.resolve("own.gguf"), "not a model");
    BuiltinModel builtin = new BuiltinModel(file, crc32(file));
    assertRefused(Kind.NOT_A_MODEL, () -> store(builtin).choose(null)).contains("own.gguf");
  }

  @Test
  void a_changed_file_is_refused_by_its_checksum() throws IOException {
    BuiltinModel changed = new BuiltinModel(write(), "00000000");
    ModelStore store = store(changed);
    ModelFile chosen = store.choose(null);
    assertRefused(Kind.DAMAGED, () -> store.requireUndamaged(chosen))
        .contains("builtin.gguf is not the file of this build", "--model or TSUKU_LLM_MODEL");
  }
}
