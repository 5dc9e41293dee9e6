package dev.tsuku.llm.models;

import static dev.tsuku.llm.models.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tsuku.llm.models.ModelException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFileTest {

  @TempDir Path directory;

  private ModelFile open(GgufBytes bytes) {
    return ModelFile.open(bytes.writeTo(directory.resolve("model.gguf")));
  }

  @Test
  void a_sound_file_is_opened() throws IOException {
    ModelFile model = open(GgufBytes.sound());

    assertThat(model.name()).isEqualTo("model");
    assertThat(model.sizeBytes()).isEqualTo(Files.size(model.path()));
    assertThat(model.header().architecture()).isEqualTo("llama");
  }

  @Test
  void a_small_real_model_is_opened() {
    Path file = Path.of(System.getProperty("tsuku.root"), "../shared/models/stories260K.gguf");
    assumeTrue(Files.exists(file), "stories260K.gguf is not among the shared files");

    assertThat(ModelFile.open(file).name()).isEqualTo("stories260K");
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-spm", "llama-bpe", "qwen2"})
  void a_real_vocabulary_is_no_model(String name) {
    Path file =
        Path.of(System.getProperty("tsuku.root"), "../shared/vocab/ggml-vocab-" + name + ".gguf");
    assumeTrue(Files.exists(file), file.getFileName() + " is not among the shared files");

    assertRefused(Kind.NOT_A_MODEL, () -> ModelFile.open(file)).contains("holds no weights");
  }

  @Test
  void a_vocabulary_is_no_model() {
    assertRefused(Kind.NOT_A_MODEL, () -> open(GgufBytes.sound().withoutTensors()))
        .contains("holds no weights, only a vocabulary");
  }

  @ParameterizedTest
  @CsvSource({
    "block_count, 0",
    "block_count, 513",
    "block_count, -1",
    "context_length, 0",
    "embedding_length, 0",
    "nextn_predict_layers, 3",
    "expert_count, 1025",
    "expert_count, 8",
    "expert_used_count, 2",
    "expert_group_count, 2",
    "attention.head_count_kv, 3",
    "attention.head_count, -5",
    "attention.key_length, 6",
    "rope.dimension_count, 7"
  })
  void impossible_shapes_are_refused(String key, int value) {
    assertRefused(Kind.DAMAGED, () -> open(GgufBytes.sound().u32("llama." + key, value)))
        .contains("llama.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"block_count", "context_length", "embedding_length"})
  void missing_shapes_are_refused(String key) {
    assertRefused(Kind.DAMAGED, () -> open(GgufBytes.sound().without("llama." + key)))
        .contains("llama." + key, "missing");
  }

  @Test
  void impossible_expert_groups_are_refused() {
    GgufBytes experts =
        GgufBytes.sound().u32("llama.expert_count", 8).u32("llama.expert_used_count", 2);
    assertThat(open(experts).header().blockCount()).hasValue(2);

    assertRefused(Kind.DAMAGED, () -> open(experts.u32("llama.expert_group_count", 8)));
    assertRefused(Kind.DAMAGED, () -> open(experts.u32("llama.expert_group_count", 3)));
    assertRefused(Kind.DAMAGED, () -> open(experts.u32("llama.expert_group_count", 4)))
        .contains("expert_group_used_count");
    assertThat(open(experts.u32("llama.expert_group_used_count", 2)).name()).isEqualTo("model");
  }

  @Test
  void per_layer_numbers_of_another_length_are_refused() {
    assertRefused(
            Kind.DAMAGED,
            () -> open(GgufBytes.sound().numbers("llama.attention.head_count_kv", 4, 1, 1, 1)))
        .contains("one number for each layer");
  }

  @Test
  void an_unknown_rope_scaling_is_refused() {
    assertRefused(
            Kind.DAMAGED, () -> open(GgufBytes.sound().text("llama.rope.scaling.type", "curly")))
        .contains("'curly'");
  }

  @ParameterizedTest
  @ValueSource(floats = {-1, 2, Float.NaN})
  void an_impossible_epsilon_is_refused(float value) {
    String key = "llama.attention.layer_norm_rms_epsilon";

    assertRefused(Kind.DAMAGED, () -> open(GgufBytes.sound().f32(key, value))).contains(key);
  }

  @ParameterizedTest
  @CsvSource({"bert, does not go on", "t5, does not go on", "llada, diffusion", "clip, a part of"})
  void models_that_do_not_write_are_refused(String architecture, String purpose) {
    assertRefused(
            Kind.UNSUPPORTED,
            () -> open(GgufBytes.sound().text("general.architecture", architecture)))
        .contains("'" + architecture + "'", purpose);
  }

  @Test
  void a_vocabulary_with_equal_tokens_is_refused() {
    assertRefused(
            Kind.DAMAGED,
            () -> open(GgufBytes.sound().texts("tokenizer.ggml.tokens", tokens("<s>"))))
        .contains("token 259 twice");
  }

  @Test
  void tokens_that_are_equal_up_to_a_nul_are_equal() {
    GgufBytes bytes =
        GgufBytes.sound().texts("tokenizer.ggml.tokens", tokens("dog\0one", "dog\0two"));

    assertRefused(Kind.DAMAGED, () -> open(bytes)).contains("token 260 twice");
  }

  @Test
  void empty_tokens_are_told_apart() {
    assertThat(
            open(GgufBytes.sound().texts("tokenizer.ggml.tokens", tokens("", "", "x")))
                .header()
                .vocabularySize())
        .isEqualTo(262);
    GgufBytes bytes = GgufBytes.sound().texts("tokenizer.ggml.tokens", tokens("", "[EMPTY_259]"));
    assertRefused(Kind.DAMAGED, () -> open(bytes)).contains("token 260 twice");
  }

  private static List<String> tokens(String... more) {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int i = 0; i < 256; i++) {
      tokens.add("<0x%02X>".formatted(i));
    }
    tokens.addAll(List.of(more));
    return tokens;
  }

  @Test
  void a_vocabulary_without_a_byte_is_refused() {
    List<String> tokens = tokens();
    tokens.remove("<0x41>");
    assertRefused(
            Kind.DAMAGED, () -> open(GgufBytes.sound().texts("tokenizer.ggml.tokens", tokens)))
        .contains("<0x41>");

    tokens.add("A");
    assertThat(open(GgufBytes.sound().texts("tokenizer.ggml.tokens", tokens)).name())
        .isEqualTo("model");
  }

  @Test
  void arrays_beside_the_tokens_must_be_as_long_and_of_their_type() {
    assertRefused(
            Kind.DAMAGED,
            () -> open(GgufBytes.sound().numbers("tokenizer.ggml.scores", 6, new int[258])))
        .contains("258 elements for 259 tokens");
    assertRefused(
            Kind.DAMAGED,
            () -> open(GgufBytes.sound().numbers("tokenizer.ggml.token_type", 6, new int[259])))
        .contains("not an array of I32");
    assertRefused(
        Kind.DAMAGED, () -> open(GgufBytes.sound().numbers("tokenizer.ggml.merges", 4, 1, 2)));
    assertRefused(Kind.DAMAGED, () -> open(GgufBytes.sound().u32("tokenizer.ggml.scores", 1)));
  }

  @Test
  void special_tokens_outside_the_vocabulary_are_refused() {
    assertRefused(
            Kind.DAMAGED, () -> open(GgufBytes.sound().u32("tokenizer.ggml.eos_token_id", 259)))
        .contains("only 259 tokens");
    assertThat(open(GgufBytes.sound().u32("tokenizer.ggml.eos_token_id", -1)).name())
        .isEqualTo("model");
  }

  @Test
  void a_model_without_a_vocabulary_is_refused() {
    assertRefused(Kind.UNSUPPORTED, () -> open(GgufBytes.sound().without("tokenizer.ggml.tokens")))
        .contains("no vocabulary");
    assertRefused(
        Kind.UNSUPPORTED, () -> open(GgufBytes.sound().text("tokenizer.ggml.model", "bert")));
    assertRefused(Kind.DAMAGED, () -> open(GgufBytes.sound().without("tokenizer.ggml.model")));
    assertRefused(
        Kind.UNSUPPORTED, () -> open(GgufBytes.sound().texts("tokenizer.ggml.tokens", List.of())));
  }

  @Test
  void tensors_nobody_computes_with_are_refused() {
    assertRefused(
            Kind.UNSUPPORTED,
            () -> open(GgufBytes.sound().tensor("blk.0.attn_q.weight", 26, 32, 32)))
        .contains("blk.0.attn_q.weight", "I32");
    assertRefused(
            Kind.UNSUPPORTED, () -> open(GgufBytes.sound().tensor("blk.0.attn_norm.weight", 1, 32)))
        .contains("F16");
    assertRefused(
            Kind.DAMAGED,
            () -> open(GgufBytes.sound().tensor("per_layer_token_embd.weight", 0, 32, 2, 2)))
        .contains("can have only 2");
  }

  @Test
  void parts_are_found_beside_the_first() {
    first().tensor("a", 0, 32).writeTo(path("qwen-00001-of-00003.gguf"));
    later(1).tensor("b", 0, 32).writeTo(path("qwen-00002-of-00003.gguf"));
    assertRefused(Kind.DAMAGED, () -> ModelFile.open(path("qwen-00001-of-00003.gguf")))
        .contains("part 3 of 3", "qwen-00003-of-00003.gguf");

    later(2).tensor("c", 0, 64).writeTo(path("qwen-00003-of-00003.gguf"));
    ModelFile model = ModelFile.open(path("qwen-00001-of-00003.gguf"));

    assertThat(model.name()).isEqualTo("qwen");
    assertThat(model.header().parameterCount()).isEqualTo(32 * 260 + 32 + 32 + 64);
    assertThat(model.sizeBytes())
        .isGreaterThan(path("qwen-00001-of-00003.gguf").toFile().length() + 2 * 128);
  }

  @Test
  void a_later_part_is_not_a_model() {
    later(1).tensor("b", 0, 32).writeTo(path("qwen-00002-of-00003.gguf"));

    assertRefused(Kind.NOT_A_MODEL, () -> ModelFile.open(path("qwen-00002-of-00003.gguf")))
        .contains("part 2 of 3", "Name the first part");
  }

  @Test
  void parts_that_do_not_belong_together_are_refused() {
    Path first = first().writeTo(path("m-00001-of-00003.gguf"));
    later(2).tensor("b", 0, 32).writeTo(path("m-00002-of-00003.gguf"));
    later(2).tensor("c", 0, 32).writeTo(path("m-00003-of-00003.gguf"));
    assertRefused(Kind.DAMAGED, () -> ModelFile.open(first)).contains("does not hold part 2");

    later(1).tensor("c", 0, 32).writeTo(path("m-00002-of-00003.gguf"));
    assertRefused(Kind.DAMAGED, () -> ModelFile.open(first)).contains("repeats the tensor 'c'");

    later(1).u32("split.no", 1).tensor("b", 0, 32).writeTo(path("m-00002-of-00003.gguf"));
    assertRefused(Kind.DAMAGED, () -> ModelFile.open(first)).contains("not a 16-bit number");

    later(1).tensor("b", 0, 32).writeTo(path("m-00002-of-00003.gguf"));
    first().u32("split.tensors.count", 7).writeTo(first);
    assertRefused(Kind.DAMAGED, () -> ModelFile.open(first)).contains("announces 7 tensors");
  }

  @Test
  void a_first_part_of_another_name_is_refused() {
    assertRefused(Kind.UNSUPPORTED, () -> open(first())).contains("'-00001-of-00003.gguf'");
  }

  private static GgufBytes first() {
    return GgufBytes.sound().u16("split.count", 3).u16("split.no", 0);
  }

  private static GgufBytes later(int number) {
    return GgufBytes.empty().u16("split.count", 3).u16("split.no", number);
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  @Test
  void what_is_no_file_is_named() {
    assertRefused(Kind.MISSING, () -> ModelFile.open(path("none.gguf"))).contains("does not exist");
    assertRefused(Kind.NOT_A_MODEL, () -> ModelFile.open(directory)).contains("is a directory");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void a_link_to_nothing_is_named() throws IOException {
    Path link = Files.createSymbolicLink(path("link.gguf"), Path.of("gone.gguf"));

    assertRefused(Kind.MISSING, () -> ModelFile.open(link)).contains("is a link to gone.gguf");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void a_link_to_a_model_is_a_model() throws IOException {
    GgufBytes.sound().writeTo(path("real.gguf"));
    Path link = Files.createSymbolicLink(path("link.gguf"), Path.of("real.gguf"));

    assertThat(ModelFile.open(link).name()).isEqualTo("link");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void a_pipe_is_refused_without_waiting() throws IOException, InterruptedException {
    Path pipe = path("pipe.gguf");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo");

    assertRefused(Kind.NOT_A_MODEL, () -> ModelFile.open(pipe)).contains("pipe");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void a_file_of_another_user_is_named() throws IOException {
    Path file = GgufBytes.sound().writeTo(path("secret.gguf"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(file), "this user may read everything");

    assertRefused(Kind.UNREADABLE, () -> ModelFile.open(file)).contains("permissions");
  }
}
